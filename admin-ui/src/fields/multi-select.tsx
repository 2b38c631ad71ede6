import { MultiSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { OptionsFilter } from './filters/options-filter.tsx';
import { inputProps } from './input-props.ts';

const listOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function MultiSelectInput(props: FieldInputProps) {
  const { t } = useTranslation();
  const options = props.field.options ?? [];
  return (
    <MultiSelect
      {...inputProps(props)}
      data={options.map((option) => ({ value: option.value, label: option.title }))}
      value={listOf(props.value)}
      onChange={props.onChange}
      searchable={options.length > 7}
      nothingFoundMessage={t('common.nothingFound')}
    />
  );
}

function MultiSelectCell({ field, value }: FieldCellProps) {
  const titles = listOf(value).map((one) => field.options?.find((option) => option.value === one)?.title ?? one);
  return <>{titles.join(', ')}</>;
}

export const multiSelect: FieldModule = {
  Input: MultiSelectInput,
  Cell: MultiSelectCell,
  Filter: OptionsFilter,
  toForm: listOf,
  fromForm: listOf,
  width: 180,
};
