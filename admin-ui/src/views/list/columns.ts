import { expandFor, referenceOf } from '../../model/display.ts';
import type { UiModel } from '../../model/model.ts';
import type { ModelEntity, ModelField, ModelView, RecordData } from '../../model/types.ts';

/** A column of a list: a field of the record, or of one it points to (`customer.phone`, `about.deal.stage`). */
export interface ListColumn {
  /** The path as the view names it. */
  readonly key: string;
  readonly title: string;
  readonly field: ModelField;
  /** The entity that has the field. */
  readonly entity: ModelEntity;
  /** Steps over expanded references to the record that holds the value. */
  readonly steps: readonly Step[];
}

interface Step {
  readonly field: ModelField;
  readonly target: string;
}

/** The column of a field of the record itself. */
export const ownColumn = (entity: ModelEntity, field: ModelField): ListColumn => ({
  key: field.key,
  title: field.title,
  field,
  entity,
  steps: [],
});

/** The column of a path; nothing when it leads to no field the reader may see. */
export function columnOf(model: UiModel, entity: ModelEntity, path: string): ListColumn | undefined {
  const steps: Step[] = [];
  const parts = path.split('.');
  let holder = entity;
  while (parts.length > 1) {
    const field = model.field(holder.name, parts.shift() ?? '');
    const targets = field?.reference && !field.reference.many ? field.reference.to : [];
    // After a reference to several entities the path names which one is meant.
    const target = targets.length > 1 ? targets.find((name) => name === parts[0]) : targets[0];
    if (targets.length > 1) parts.shift();
    const next = target ? model.findEntity(target) : undefined;
    if (!field || !next) return undefined;
    steps.push({ field, target: next.name });
    holder = next;
  }
  const field = model.field(holder.name, parts[0] ?? '');
  if (!field) return undefined;
  const title = [...steps.map((step) => step.field.title), field.title].join(': ');
  return { key: path, title, field, entity: holder, steps };
}

/** The record that holds a column's value: the row itself, or what it points to; null when it points to nothing such. */
export function holderOf(column: ListColumn, record: RecordData): RecordData | null {
  let holder: RecordData | null = record;
  for (const step of column.steps) {
    const reference = referenceOf(holder[step.field.key], step.field);
    holder = reference?.entity === step.target ? (reference.record ?? null) : null;
    if (!holder) return null;
  }
  return holder;
}

/** Everything to expand so that the columns and the record's own name can be shown. */
export function expandColumns(entity: ModelEntity, columns: readonly ListColumn[]): readonly string[] {
  const own = columns.filter((column) => column.steps.length === 0).map((column) => column.key);
  const far = columns
    .filter((column) => column.steps.length > 0)
    .flatMap((column) => {
      const keys = column.steps.map((step) => step.field.key);
      return [
        ...keys.map((_, at) => keys.slice(0, at + 1).join('.')),
        ...(column.field.reference ? [[...keys, column.field.key].join('.')] : []),
      ];
    });
  return [...new Set([...expandFor(entity, own), ...far])];
}

/** Fields a server can put in order: not those that hold several things, nor those of another record. */
export const isSortable = ({ field, steps }: ListColumn): boolean =>
  steps.length === 0 &&
  !field.reference &&
  !['json', 'file', 'image', 'signature', 'multiSelect', 'richText'].includes(field.type);

/** The column that takes the room left over: the one that names the record, else the first text, else the first. */
export function growingColumn(entity: ModelEntity, columns: readonly ListColumn[]): number {
  const names = new Set(entity.display.flatMap((part) => ('field' in part ? [part.field] : [])));
  const naming = columns.findIndex((column) => names.has(column.key));
  if (naming >= 0) return naming;
  return Math.max(
    0,
    columns.findIndex((column) => column.field.type === 'text'),
  );
}

/**
 * The columns a view begins with: an entity with pipelines also shows the stage, right after what names the record, unless the view names
 * it, or keeps to one stage anyway.
 */
export function viewColumns(entity: ModelEntity, view: Pick<ModelView, 'fields' | 'filter'>): readonly string[] {
  const { fields } = view;
  const isOneStage = typeof view.filter?.['stage'] === 'string';
  const hasStage = entity.pipelines.length > 0 && entity.fields.some((field) => field.key === 'stage');
  if (!hasStage || isOneStage || fields.length === 0 || fields.includes('stage')) return fields;
  const names = new Set(entity.display.flatMap((part) => ('field' in part ? [part.field] : [])));
  const after = Math.max(
    0,
    fields.findIndex((key) => names.has(key)),
  );
  return [...fields.slice(0, after + 1), 'stage', ...fields.slice(after + 1)];
}

/** Moves a column by one place; at the edge nothing happens. */
export function moveColumn(columns: readonly string[], key: string, by: -1 | 1): readonly string[] {
  const from = columns.indexOf(key);
  const to = from + by;
  if (from < 0 || to < 0 || to >= columns.length) return columns;
  const next = [...columns];
  next.splice(from, 1);
  next.splice(to, 0, key);
  return next;
}
