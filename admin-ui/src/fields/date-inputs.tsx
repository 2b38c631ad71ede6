import { DateInput, DatesProvider, DateTimePicker } from '@mantine/dates';
import '@mantine/dates/styles.layer.css';
import { IconCalendar } from '@tabler/icons-react';
import dayjs from 'dayjs';
import customParseFormat from 'dayjs/plugin/customParseFormat.js';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldInputProps } from './field-module.ts';
import { inputProps } from './input-props.ts';

dayjs.extend(customParseFormat);

const LOCALES: Readonly<Record<string, () => Promise<unknown>>> = {
  et: () => import('dayjs/locale/et.js'),
  ru: () => import('dayjs/locale/ru.js'),
  lv: () => import('dayjs/locale/lv.js'),
  it: () => import('dayjs/locale/it.js'),
};

/** Month and day names in the reader's language, loaded when first needed. Weeks begin on Monday. */
function Dates({ children }: { readonly children: ReactNode }) {
  const locale = useTranslation().i18n.language;
  const [ready, setReady] = useState('en');
  useEffect(() => {
    void LOCALES[locale]?.().then(() => setReady(locale));
  }, [locale]);
  return <DatesProvider settings={{ locale: ready, firstDayOfWeek: 1, weekendDays: [] }}>{children}</DatesProvider>;
}

const SPELLINGS = ['DD.MM.YYYY', 'D.M.YYYY', 'D.M.YY', 'YYYY-MM-DD', 'D/M/YYYY', 'D.M'];

/** Days as they are typed here: 5.3.2026, 05/03/2026, 2026-03-05, or without the year. */
function parseDay(text: string): string | null {
  for (const spelling of SPELLINGS) {
    const day = dayjs(text.trim(), spelling, true);
    if (day.isValid()) return day.format('YYYY-MM-DD');
  }
  return null;
}

const icon = <IconCalendar size={16} aria-hidden />;

export function DayInput(props: FieldInputProps) {
  return (
    <Dates>
      <DateInput
        {...inputProps(props)}
        value={typeof props.value === 'string' ? props.value : null}
        onChange={props.onChange}
        valueFormat="DD.MM.YYYY"
        dateParser={parseDay}
        leftSection={icon}
        clearable={!props.field.required}
        popoverProps={{ withinPortal: true }}
      />
    </Dates>
  );
}

export function InstantInput(props: FieldInputProps) {
  const { t } = useTranslation();
  return (
    <Dates>
      <DateTimePicker
        {...inputProps(props)}
        value={typeof props.value === 'string' ? props.value : null}
        onChange={props.onChange}
        valueFormat="DD.MM.YYYY HH:mm"
        defaultTimeValue="09:00"
        leftSection={icon}
        clearable={!props.field.required}
        submitButtonProps={{ 'aria-label': t('common.done') }}
        timePickerProps={{ hoursInputLabel: t('fields.hours'), minutesInputLabel: t('fields.minutes') }}
        popoverProps={{ withinPortal: true }}
      />
    </Dates>
  );
}
