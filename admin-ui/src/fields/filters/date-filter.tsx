import { Fieldset, Group, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { toInstant } from '../date-text.ts';
import type { FieldFilterProps } from '../field-module.ts';
import { rangeCondition } from './range-condition.ts';

/** Days from … to …, both included; of an instant the whole days of the reader's zone. */
export function DateFilter({ field, value, onChange }: FieldFilterProps) {
  const { t } = useTranslation();
  const isInstant = field.type === 'dateTime';
  const ends = { gte: dayOf(value?.['gte']), lte: dayOf(value?.['lte']) };
  const set = (end: 'gte' | 'lte', day: string): void => {
    const next = { ...ends, [end]: day };
    if (!isInstant) return onChange(rangeCondition(next, String));
    onChange({
      ...rangeCondition({ gte: next.gte, lte: '' }, (text) => toInstant(`${text} 00:00:00`)),
      ...lastMoment(next.lte),
    });
  };
  return (
    <Fieldset legend={field.title} variant="unstyled">
      <Group grow gap="xs">
        {(['gte', 'lte'] as const).map((end) => (
          <TextInput
            key={end}
            type="date"
            aria-label={`${field.title}: ${t(`filters.${end}`)}`}
            value={ends[end]}
            onChange={(event) => set(end, event.currentTarget.value)}
          />
        ))}
      </Group>
    </Fieldset>
  );
}

const lastMoment = (day: string) => rangeCondition({ gte: '', lte: day }, (text) => toInstant(`${text} 23:59:59.999`));

/** The day of an end; an instant is read in the reader's zone. */
function dayOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  if (!value.includes('T')) return value;
  const at = new Date(value);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}
