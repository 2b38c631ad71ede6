import type { UiModel } from '../../model/model.ts';
import { displayOf, referenceOf } from '../../model/display.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';

export interface Person {
  readonly key: string;
  readonly entity: string;
  readonly id: string;
  /** Empty for the record itself, whose name stands above. */
  readonly name: string;
  readonly phones: readonly { readonly field: ModelField; readonly value: string }[];
  readonly emails: readonly string[];
}

const filled = (
  entity: ModelEntity,
  record: RecordData,
  type: string,
): readonly { field: ModelField; value: string }[] =>
  entity.fields.flatMap((field) => {
    const value = record[field.key];
    return field.type === type && typeof value === 'string' && value ? [{ field, value }] : [];
  });

/** Those who can be reached about a record: itself, and whom it points to, employees left out. */
export function peopleOf(model: UiModel, entity: ModelEntity, record: RecordData): readonly Person[] {
  const own = {
    key: '',
    entity: entity.name,
    id: String(record['id']),
    name: '',
    phones: filled(entity, record, 'phone'),
    emails: filled(entity, record, 'email').map((one) => one.value),
  };
  const others = entity.fields.flatMap((field): readonly Person[] => {
    const reference =
      field.reference && !field.system && !field.reference.many ? referenceOf(record[field.key], field) : null;
    const target = reference?.record ? model.findEntity(reference.entity) : undefined;
    if (!reference?.record || !target || target.name === 'user') return [];
    return [
      {
        key: field.key,
        entity: target.name,
        id: reference.id,
        name: displayOf(model, target, reference.record),
        phones: filled(target, reference.record, 'phone'),
        emails: filled(target, reference.record, 'email').map((one) => one.value),
      },
    ];
  });
  return [own, ...others].filter((person) => person.phones.length > 0 || person.emails.length > 0);
}

/** The figure that says most about a record: its first sum of money that is counted, else the first it has. */
export function mainSum(entity: ModelEntity): ModelField | undefined {
  const money = entity.fields.filter((field) => field.type === 'money');
  return money.find((field) => field.computed) ?? money[0];
}
