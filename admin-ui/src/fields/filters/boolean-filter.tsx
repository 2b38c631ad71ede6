import { SegmentedControl, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { FieldFilterProps } from '../field-module.ts';

export function BooleanFilter({ field, value, onChange }: FieldFilterProps) {
  const { t } = useTranslation();
  const current = typeof value?.['eq'] === 'boolean' ? String(value['eq']) : '';
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        {field.title}
      </Text>
      <SegmentedControl
        aria-label={field.title}
        value={current}
        onChange={(next) => onChange(next === '' ? undefined : { eq: next === 'true' })}
        data={[
          { value: '', label: t('filters.any') },
          { value: 'true', label: t('common.yes') },
          { value: 'false', label: t('common.no') },
        ]}
      />
    </Stack>
  );
}
