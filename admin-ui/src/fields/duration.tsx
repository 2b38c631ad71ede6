import { TextInput } from '@mantine/core';
import { IconClock } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useLocale } from '../model/format.ts';
import { isoDuration, secondsOf, shortDuration } from './duration-text.ts';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { inputProps, textOf } from './input-props.ts';

function DurationInput(props: FieldInputProps) {
  const { t } = useTranslation();
  return (
    <TextInput
      {...inputProps(props)}
      value={textOf(props.value)}
      placeholder={t('fields.durationExample')}
      leftSection={<IconClock size={16} aria-hidden />}
      onChange={(event) => props.onChange(event.currentTarget.value)}
    />
  );
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** Seconds as "1 h 30 min" in the reader's language. */
function spell(seconds: number, locale: string): string {
  let rest = seconds;
  const parts = UNITS.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count > 0
      ? [new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count)]
      : [];
  });
  return (
    parts.join(' ') ||
    new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', unitDisplay: 'short' }).format(rest)
  );
}

function DurationCell({ value }: FieldCellProps) {
  const locale = useLocale();
  const seconds = typeof value === 'string' ? secondsOf(value) : null;
  return <>{seconds === null ? textOf(value) : spell(seconds, locale)}</>;
}

export const duration: FieldModule = {
  Input: DurationInput,
  Cell: DurationCell,
  toForm: (value) => (typeof value === 'string' ? shortDuration(value) : ''),
  fromForm: (value) => isoDuration(textOf(value)) || null,
  width: 110,
};
