import type { UiModel } from '../../../model/model.ts';
import { referenceOf } from '../../../model/display.ts';
import type { ModelEntity, RecordData, Value } from '../../../model/types.ts';

export interface Target {
  readonly entity: string;
  readonly id: string;
}

/** What can be noted on a record of this entity: kinds whose `about` may point here and that the reader may create. */
export function composerTools(
  model: UiModel,
  entity: ModelEntity,
): { readonly activity: boolean; readonly task: boolean; readonly file: boolean; readonly payment: boolean } {
  const may = (name: string): boolean =>
    Boolean(model.findEntity(name)?.can.create && model.field(name, 'about')?.reference?.to.includes(entity.name));
  return {
    activity: may('activity'),
    task: may('task'),
    payment: may('payment'),
    file: may('document') && model.field('document', 'file') !== undefined,
  };
}

/** `about` in the spelling of the API. */
export function aboutValue(model: UiModel, of: string, target: Target): Value {
  return (model.field(of, 'about')?.reference?.to.length ?? 0) > 1
    ? { entity: target.entity, id: target.id }
    : target.id;
}

/** The person a talk was with: the first contact the record points to. */
export function contactOf(entity: ModelEntity, record: RecordData): string | null {
  for (const field of entity.fields) {
    if (field.system || !field.reference?.to.includes('contact') || field.reference.many) continue;
    const reference = referenceOf(record[field.key], field);
    if (reference?.entity === 'contact') return reference.id;
  }
  return null;
}
