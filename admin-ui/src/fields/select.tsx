import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { StageBadge } from './stage-badge.tsx';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { OptionsFilter } from './filters/options-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';

function SelectInput(props: FieldInputProps) {
  const { t } = useTranslation();
  const options = props.field.options ?? [];
  return (
    <Select
      {...inputProps(props)}
      data={options.map((option) => ({ value: option.value, label: option.title }))}
      value={textOrNull(props.value)}
      onChange={props.onChange}
      searchable={options.length > 7}
      clearable={!props.field.required}
      allowDeselect={!props.field.required}
      nothingFoundMessage={t('common.nothingFound')}
    />
  );
}

function SelectCell({ field, value, record, entity }: FieldCellProps) {
  const title = field.options?.find((option) => option.value === value)?.title ?? textOf(value);
  if (field.key === 'stage' && entity.pipelines.length > 0 && title)
    return <StageBadge entity={entity} record={record} title={title} />;
  return <>{title}</>;
}

export const select: FieldModule = {
  Input: SelectInput,
  Cell: SelectCell,
  Filter: OptionsFilter,
  toForm: textOrNull,
  fromForm: textOrNull,
  width: 136,
};
