import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldInputProps, FieldModule } from './field-module.ts';
import { ContainsFilter } from './filters/contains-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';
import { TextCell } from './text.tsx';

/** The next number is given by the server with the saving. */
function SequenceInput(props: FieldInputProps) {
  const { t } = useTranslation();
  return (
    <TextInput {...inputProps(props)} disabled value={textOf(props.value)} placeholder={t('fields.numberOnSave')} />
  );
}

export const sequence: FieldModule = {
  Input: SequenceInput,
  Cell: TextCell,
  Filter: ContainsFilter,
  toForm: textOf,
  fromForm: textOrNull,
  width: 130,
};
