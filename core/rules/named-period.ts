import { Temporal } from 'temporal-polyfill';

export const PERIOD_NAMES = [
  'today',
  'yesterday',
  'thisWeek',
  'lastWeek',
  'thisMonth',
  'lastMonth',
  'thisQuarter',
  'lastQuarter',
  'thisYear',
  'lastYear',
  'last7Days',
  'last30Days',
  'last90Days',
  'last365Days',
] as const;
export type PeriodName = (typeof PERIOD_NAMES)[number];

/** Whole days, both included. */
export interface DaySpan {
  readonly from: Temporal.PlainDate;
  readonly to: Temporal.PlainDate;
}

/** The days of a named period as seen on `today`. Weeks begin on Monday; `last30Days` ends with today. */
export function namedPeriod(name: PeriodName, today: Temporal.PlainDate): DaySpan {
  const days = /^last(\d+)Days$/.exec(name)?.[1];
  if (days !== undefined) return { from: today.subtract({ days: Number(days) - 1 }), to: today };
  if (name === 'today') return { from: today, to: today };
  if (name === 'yesterday') {
    const day = today.subtract({ days: 1 });
    return { from: day, to: day };
  }
  const [, which, unit] = /^(this|last)(.+)$/.exec(name) ?? [];
  const length = LENGTHS[unit ?? ''] ?? { months: 1 };
  const start = firstDay(today, unit ?? '');
  const from = which === 'this' ? start : start.subtract(length);
  return { from, to: from.add(length).subtract({ days: 1 }) };
}

const LENGTHS: Readonly<Record<string, Temporal.DurationLike>> = {
  Week: { days: 7 },
  Month: { months: 1 },
  Quarter: { months: 3 },
  Year: { years: 1 },
};

function firstDay(day: Temporal.PlainDate, unit: string): Temporal.PlainDate {
  if (unit === 'Week') return day.subtract({ days: day.dayOfWeek - 1 });
  if (unit === 'Year') return day.with({ month: 1, day: 1 });
  if (unit === 'Quarter') return day.with({ month: day.month - ((day.month - 1) % 3), day: 1 });
  return day.with({ day: 1 });
}
