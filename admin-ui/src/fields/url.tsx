import { Anchor, TextInput } from '@mantine/core';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { ContainsFilter } from './filters/contains-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';
import { stopRowClick } from './stop-row-click.ts';

function UrlInput(props: FieldInputProps) {
  return (
    <TextInput
      {...inputProps(props)}
      inputMode="url"
      autoComplete="off"
      value={textOf(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

function UrlCell({ value }: FieldCellProps) {
  const address = textOf(value);
  // The server takes only http, https, mailto and tel; a link is made of nothing else either.
  if (!/^(https?:\/\/|mailto:|tel:)/i.test(address)) return <>{address}</>;
  return (
    <Anchor href={address} target="_blank" rel="noopener noreferrer" onClick={stopRowClick} inherit>
      {address.replace(/^https?:\/\/(www\.)?/i, '').replace(/\/$/, '')}
    </Anchor>
  );
}

export const url: FieldModule = {
  Input: UrlInput,
  Cell: UrlCell,
  Filter: ContainsFilter,
  toForm: textOf,
  // A bare host is what people type.
  fromForm: (value) => {
    const typed = textOrNull(value);
    return typed && /^[\w-]+(\.[\w-]+)+/.test(typed) ? `https://${typed}` : typed;
  },
  width: 200,
};
