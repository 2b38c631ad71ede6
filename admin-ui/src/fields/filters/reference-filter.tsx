import { Checkbox, Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldFilterProps } from '../field-module.ts';
import { ReferencePicker } from '../reference-picker.tsx';
import { referenceFromCondition, referenceToCondition } from './reference-condition.ts';

/** Records that point to the chosen one; "me" where people are meant. */
export function ReferenceFilter({ field, value, onChange }: FieldFilterProps) {
  const { t } = useTranslation();
  const isMine = value?.['eq'] === '$me';
  const isEmpty = value?.['empty'] === true;
  return (
    <Stack gap={8}>
      {field.reference?.to.includes('user') ? (
        <Checkbox
          label={t('filters.me')}
          checked={isMine}
          onChange={(event) => onChange(event.currentTarget.checked ? { eq: '$me' } : undefined)}
        />
      ) : null}
      <Checkbox
        label={t('filters.nobody')}
        checked={isEmpty}
        onChange={(event) => onChange(event.currentTarget.checked ? { empty: true } : undefined)}
      />
      <ReferencePicker
        label={field.title}
        field={field}
        value={referenceFromCondition(value, field)}
        onChange={(reference) => onChange(reference ? referenceToCondition(reference, field) : undefined)}
        withinPortal={false}
      />
    </Stack>
  );
}
