import { JsonInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Checklist } from './checklist.tsx';
import { checklistProgress, isChecklist } from './checklist-items.ts';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { inputProps, textOf } from './input-props.ts';
import type { RecordData } from '../model/types.ts';

/** A list of `{text, done}` is a checklist, and so is an empty field of that name; anything else is edited as JSON. */
const wantsChecklist = (props: Pick<FieldInputProps, 'field' | 'value'>): boolean =>
  isChecklist(props.value) || (props.field.key === 'checklist' && (props.value === null || props.value === ''));

function JsonField(props: FieldInputProps) {
  const { t } = useTranslation();
  if (wantsChecklist(props)) return <Checklist {...props} />;
  return (
    <JsonInput
      {...inputProps(props)}
      value={
        typeof props.value === 'string' ? props.value : textOf(props.value && JSON.stringify(props.value, null, 2))
      }
      onChange={props.onChange}
      validationError={t('fields.badJson')}
      formatOnBlur
      autosize
      minRows={3}
      maxRows={16}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 12 } }}
    />
  );
}

function JsonCell({ value }: FieldCellProps) {
  if (isChecklist(value)) return <>{checklistProgress(value)}</>;
  return <>{value === null || value === undefined ? '' : JSON.stringify(value)}</>;
}

/** In the form a checklist, or the JSON text as typed; a text that is no JSON goes to the server as a string. */
export const json: FieldModule = {
  Input: JsonField,
  Cell: JsonCell,
  toForm: (value) =>
    value === null || value === undefined ? null : isChecklist(value) ? value : JSON.stringify(value, null, 2),
  fromForm: (value): RecordData[string] => {
    if (isChecklist(value)) return value.length > 0 ? value.map((item) => ({ ...item })) : null;
    if (typeof value !== 'string' || !value.trim()) return null;
    try {
      return JSON.parse(value) as RecordData[string];
    } catch {
      return value;
    }
  },
  width: 160,
  wide: () => true,
};
