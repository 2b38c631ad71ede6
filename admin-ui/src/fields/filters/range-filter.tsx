import { Fieldset, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldFilterProps } from '../field-module.ts';
import { isNumberText, normaliseNumber } from '../number-text.ts';
import { rangeCondition } from './range-condition.ts';

/** Figures from … to …, both ends included. */
export function RangeFilter({ field, value, onChange }: FieldFilterProps) {
  const { t } = useTranslation();
  const [ends, setEnds] = useState({ gte: String(value?.['gte'] ?? ''), lte: String(value?.['lte'] ?? '') });
  const set = (end: 'gte' | 'lte', typed: string): void => {
    const next = { ...ends, [end]: typed };
    setEnds(next);
    const plain = { gte: normaliseNumber(next.gte), lte: normaliseNumber(next.lte) };
    if (Object.values(plain).every((text) => text === '' || isNumberText(text)))
      onChange(rangeCondition(plain, Number));
  };
  return (
    <Fieldset legend={field.title} variant="unstyled">
      <Group grow gap="xs">
        {(['gte', 'lte'] as const).map((end) => (
          <TextInput
            key={end}
            aria-label={`${field.title}: ${t(`filters.${end}`)}`}
            placeholder={t(`filters.${end}`)}
            inputMode="decimal"
            value={ends[end]}
            onChange={(event) => set(end, event.currentTarget.value)}
          />
        ))}
      </Group>
    </Fieldset>
  );
}
