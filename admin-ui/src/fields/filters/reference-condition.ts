import { isPolymorphic, referenceOf, type ReferenceValue } from '../../model/display.ts';
import type { ModelField } from '../../model/types.ts';
import type { FieldCondition } from '../field-module.ts';

/** A field of many references is a list: the condition asks whether some of them is the one. */
export function referenceToCondition(reference: ReferenceValue, field: ModelField): FieldCondition {
  if (field.reference?.many) return { some: { id: reference.id } };
  return { eq: isPolymorphic(field) ? { entity: reference.entity, id: reference.id } : reference.id };
}

export function referenceFromCondition(
  condition: FieldCondition | undefined,
  field: ModelField,
): ReferenceValue | null {
  const some = condition?.['some'] as { readonly id?: unknown } | undefined;
  const operand = some ? some.id : condition?.['eq'];
  return operand === '$me' ? null : referenceOf(operand, field);
}
