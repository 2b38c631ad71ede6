import { currencyOf, formatDay, formatInstant, formatMoney, localeFor } from './format.ts';
import type { UiModel } from './model.ts';
import type { ModelEntity, ModelField, RecordData, Value } from './types.ts';

export interface ReferenceValue {
  readonly entity: string;
  readonly id: string;
  /** Present when the reference came expanded. */
  readonly record?: RecordData;
}

const isObject = (value: unknown): value is RecordData =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A reference in any of its spellings: an id, `{entity, id}`, or the expanded record (with `entity` when it may point to several). */
export function referenceOf(value: unknown, field: Pick<ModelField, 'reference'>): ReferenceValue | null {
  const targets = field.reference?.to ?? [];
  if (typeof value === 'string' && value) return { entity: targets[0] ?? '', id: value };
  if (!isObject(value) || typeof value['id'] !== 'string') return null;
  // A record may have a field called `entity` of its own: only a polymorphic reference is tagged.
  const tag = value['entity'];
  const entity = !isPolymorphic(field) ? (targets[0] ?? '') : typeof tag === 'string' ? tag : '';
  const expanded = Object.keys(value).some((key) => key !== 'id' && key !== 'entity');
  return expanded ? { entity, id: value['id'], record: value } : { entity, id: value['id'] };
}

export const isPolymorphic = ({ reference }: Pick<ModelField, 'reference'>): boolean =>
  reference?.polymorphic ?? (reference?.to.length ?? 0) > 1;

/** Every reference of a field, single or many. */
export function referencesOf(value: unknown, field: Pick<ModelField, 'reference'>): readonly ReferenceValue[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => referenceOf(item, field)).filter((item) => item !== null);
}

interface Around {
  readonly model: UiModel;
  readonly record: RecordData;
}

const localeOf = ({ model }: Around): string => localeFor(model.language, model.organisation?.country);

/** Types that a name writes as the reader's language does. */
const WRITTEN: Readonly<Record<string, (value: Value, field: ModelField, around: Around) => string>> = {
  money: (value, field, around) =>
    formatMoney(
      value,
      currencyOf(field.currency, around.record, around.model.organisation?.currency),
      localeOf(around),
    ),
  date: (value, _field, around) => formatDay(value, localeOf(around)),
  dateTime: (value, _field, around) => formatInstant(value, localeOf(around)),
};

function partText(around: Around, field: ModelField | undefined, value: Value | undefined): string {
  const { model } = around;
  if (value === null || value === undefined) return '';
  if (field?.reference) {
    return referencesOf(value, field)
      .map((reference) => (reference.record ? displayOf(model, reference.entity, reference.record) : ''))
      .filter(Boolean)
      .join(', ');
  }
  if (field && WRITTEN[field.type]) return WRITTEN[field.type]?.(value, field, around) ?? '';
  if (field?.options) return field.options.find((option) => option.value === value)?.title ?? String(value);
  return isObject(value) ? String(value['name'] ?? value['id'] ?? '') : String(value);
}

/** What a record is called on screen: its entity's display template; empty when nothing of it is known. */
export function displayOf(model: UiModel, entity: ModelEntity | string, record: RecordData): string {
  const definition = typeof entity === 'string' ? model.findEntity(entity) : entity;
  if (!definition) return String(record['name'] ?? record['title'] ?? '');
  const texts = definition.display.map((part) =>
    'text' in part
      ? { literal: true, text: part.text }
      : {
          literal: false,
          text: partText({ model, record }, model.field(definition.name, part.field), record[part.field]),
        },
  );
  // Separators alone are not a name.
  if (!texts.some((part) => !part.literal && part.text)) return '';
  return texts
    .map((part) => part.text)
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/^[\s,·–—:-]+|[\s,·–—:-]+$/g, '');
}

/** The references to expand so that every field named can be shown, the display's own included. */
export function expandFor(entity: ModelEntity, keys: readonly string[]): readonly string[] {
  const shown = new Set([...keys, ...entity.display.flatMap((part) => ('field' in part ? [part.field] : []))]);
  return entity.fields
    .filter((field) => field.reference && !field.system && shown.has(field.key))
    .map((field) => field.key);
}
