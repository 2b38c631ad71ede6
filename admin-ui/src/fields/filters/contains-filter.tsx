import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldFilterProps } from '../field-module.ts';

/** Text that contains what is typed, without regard to case and accents (the server folds both). */
export function ContainsFilter({ field, value, onChange }: FieldFilterProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(String(value?.['contains'] ?? ''));
  const send = useDebouncedCallback(
    (next: string) => onChange(next.trim() ? { contains: next.trim() } : undefined),
    300,
  );
  return (
    <TextInput
      label={field.title}
      placeholder={t('filters.contains')}
      value={typed}
      data-autofocus
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
    />
  );
}
