import { Anchor, TextInput } from '@mantine/core';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { ContainsFilter } from './filters/contains-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';
import { stopRowClick } from './stop-row-click.ts';

function EmailInput(props: FieldInputProps) {
  return (
    <TextInput
      {...inputProps(props)}
      type="email"
      inputMode="email"
      autoComplete="off"
      value={textOf(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function EmailCell({ value }: FieldCellProps) {
  const address = textOf(value);
  if (!address) return null;
  return (
    <Anchor href={`mailto:${encodeURIComponent(address).replace('%40', '@')}`} onClick={stopRowClick} inherit>
      {address}
    </Anchor>
  );
}

export const email: FieldModule = {
  Input: EmailInput,
  Cell: EmailCell,
  Filter: ContainsFilter,
  toForm: textOf,
  fromForm: textOrNull,
  width: 190,
};
