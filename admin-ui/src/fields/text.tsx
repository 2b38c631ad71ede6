import { Textarea, TextInput } from '@mantine/core';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { ContainsFilter } from './filters/contains-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';

/** Fields that ask for sentences, not for a word. */
const isLong = (field: FieldInputProps['field']): boolean => field.multiline ?? (field.maxLength ?? 255) > 500;

export function TextField(props: FieldInputProps) {
  const shared = {
    ...inputProps(props),
    value: textOf(props.value),
    ...(props.field.maxLength ? { maxLength: props.field.maxLength } : {}),
    onChange: (event: { currentTarget: { value: string } }) => props.onChange(event.currentTarget.value),
  };
  return isLong(props.field) ? (
    <Textarea {...shared} autosize minRows={props.bare ? 1 : 2} maxRows={12} />
  ) : (
    <TextInput {...shared} />
  );
}

export function TextCell({ value }: FieldCellProps) {
  return <>{textOf(value)}</>;
}

export const text: FieldModule = {
  Input: TextField,
  Cell: TextCell,
  Filter: ContainsFilter,
  toForm: textOf,
  fromForm: textOrNull,
  width: 170,
  wide: isLong,
};
