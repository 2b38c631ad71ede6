import { Textarea } from '@mantine/core';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { ContainsFilter } from './filters/contains-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';

function AddressInput(props: FieldInputProps) {
  return (
    <Textarea
      {...inputProps(props)}
      value={textOf(props.value)}
      autoComplete="off"
      autosize
      minRows={1}
      maxRows={5}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function AddressCell({ value }: FieldCellProps) {
  return <>{textOf(value).replace(/\s*\n\s*/g, ', ')}</>;
}

export const address: FieldModule = {
  Input: AddressInput,
  Cell: AddressCell,
  Filter: ContainsFilter,
  toForm: textOf,
  fromForm: textOrNull,
  width: 240,
};
