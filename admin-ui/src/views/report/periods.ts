/** A choice of time: first and last day, both included; neither for all time. */
export interface Period {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export type PeriodKey = 'month' | 'quarter' | 'year' | 'all' | 'custom';

const two = (figure: number): string => String(figure).padStart(2, '0');
const day = (year: number, month: number, date: number): string => {
  const at = new Date(Date.UTC(year, month - 1, date));
  return `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}`;
};

/** Today `YYYY-MM-DD` where the firm is; its zone may be unknown. */
export function todayIn(zone: string | null | undefined, now: Date): string {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(zone ? { timeZone: zone } : {}),
  };
  return new Intl.DateTimeFormat('en-CA', options).format(now);
}

/** The days of a named period that ends with the month of `today`. */
export function periodOf(key: Exclude<PeriodKey, 'custom'>, today: string): Period {
  const [year = 1970, month = 1] = today.split('-').map(Number);
  const last = day(year, month + 1, 0);
  if (key === 'month') return { from: day(year, month, 1), to: last };
  if (key === 'quarter') return { from: day(year, month - 2, 1), to: last };
  if (key === 'year') return { from: `${year}-01-01`, to: `${year}-12-31` };
  return {};
}

/** Which named period these days are. */
export function periodKey(period: Period, today: string): PeriodKey {
  const same = (['month', 'quarter', 'year', 'all'] as const).find((key) => {
    const known = periodOf(key, today);
    return known.from === period.from && known.to === period.to;
  });
  return same ?? 'custom';
}
