import { fromFormValues, sameFormValue, toFormValues } from '../../form/form-state.ts';
import type { ModelField, RecordData } from '../../../model/types.ts';

export type RowEdits = Readonly<Record<string, unknown>>;

/** What a row's edits change of its record, in the spelling of the API; what was typed and put back is no change. */
export function rowPatch(fields: readonly ModelField[], record: RecordData, edits: RowEdits): RecordData {
  const initial = toFormValues(fields, record);
  const changed = Object.fromEntries(
    Object.entries(edits).filter(([key, value]) => !sameFormValue(value, initial[key])),
  );
  return fromFormValues(fields, changed);
}

export const isEditable = (field: ModelField): boolean => !field.readOnly && !field.computed && !field.system;

/** The field to stand in when a row is opened at `key`: that one if it can be changed, else what must be filled in, else the first that can. */
export const focusField = (fields: readonly ModelField[], key: string | undefined): string | undefined =>
  (
    fields.find((field) => field.key === key && isEditable(field)) ??
    fields.find((field) => field.required && isEditable(field)) ??
    fields.find(isEditable)
  )?.key;
