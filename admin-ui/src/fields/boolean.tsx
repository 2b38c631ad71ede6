import { Checkbox } from '@mantine/core';
import { IconCheck, IconMinus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { BooleanFilter } from './filters/boolean-filter.tsx';
import { inputProps } from './input-props.ts';

function BooleanInput(props: FieldInputProps) {
  const { withAsterisk: _asterisk, required: _required, ...shared } = inputProps(props);
  return (
    <Checkbox
      {...shared}
      checked={props.value === true}
      indeterminate={props.value === null && !props.field.required}
      onChange={(event) => props.onChange(event.currentTarget.checked)}
      mt={props.bare ? 0 : { base: 4, sm: 26 }}
    />
  );
}

function BooleanCell({ value }: FieldCellProps) {
  const { t } = useTranslation();
  if (value === null || value === undefined) return null;
  const Icon = value === true ? IconCheck : IconMinus;
  return (
    <Icon
      size={16}
      style={{ verticalAlign: 'middle' }}
      aria-label={value === true ? t('common.yes') : t('common.no')}
      role="img"
    />
  );
}

export const boolean: FieldModule = {
  Input: BooleanInput,
  Cell: BooleanCell,
  Filter: BooleanFilter,
  toForm: (value) => (typeof value === 'boolean' ? value : null),
  fromForm: (value) => (typeof value === 'boolean' ? value : null),
  width: 90,
};
