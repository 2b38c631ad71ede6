import { TextInput } from '@mantine/core';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { ContainsFilter } from './filters/contains-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';
import { PhoneLink } from './phone-link.tsx';

function PhoneInput(props: FieldInputProps) {
  return (
    <TextInput
      {...inputProps(props)}
      type="tel"
      inputMode="tel"
      autoComplete="off"
      value={textOf(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

/** The spelling as typed stands beside the canonical number, under `<key>:typed`. */
function PhoneCell({ field, value, record, entity }: FieldCellProps) {
  const phone = textOf(value);
  if (!phone) return null;
  const id = record['id'];
  return (
    <PhoneLink
      phone={phone}
      typed={textOf(record[`${field.key}:typed`])}
      about={typeof id === 'string' ? { entity: entity.name, id } : undefined}
    />
  );
}

export const phone: FieldModule = {
  Input: PhoneInput,
  Cell: PhoneCell,
  Filter: ContainsFilter,
  toForm: textOf,
  fromForm: textOrNull,
  width: 144,
};
