import type { RecordData } from './types.ts';
import { useModelContext } from './model-context.ts';

/** Exact decimals travel as text; Intl takes them as text too, so nothing passes through a double. */
type Figure = number | bigint | `${number}`;

const isFigure = (value: unknown): value is Figure =>
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));

export function formatNumber(value: unknown, locale: string, digits?: number): string {
  if (!isFigure(value)) return value === null || value === undefined ? '' : String(value);
  const exact = digits ?? (typeof value === 'string' ? (value.split('.')[1]?.length ?? 0) : undefined);
  const options: Intl.NumberFormatOptions =
    exact === undefined
      ? { maximumFractionDigits: 10 }
      : { minimumFractionDigits: exact, maximumFractionDigits: exact };
  return new Intl.NumberFormat(locale, options).format(value as number);
}

/** `currency` is an ISO 4217 code; an unknown one is written after the figure. */
export function formatMoney(value: unknown, currency: string, locale: string): string {
  if (!isFigure(value)) return value === null || value === undefined ? '' : String(value);
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency, useGrouping: 'always' }).format(
      value as number,
    );
  } catch {
    return `${formatNumber(value, locale)} ${currency}`.trim();
  }
}

/** A day without a time; never shifts between zones. */
export function formatDay(value: unknown, locale: string): string {
  const match = typeof value === 'string' ? /^(\d{4})-(\d{2})-(\d{2})/.exec(value) : null;
  if (!match) return typeof value === 'string' ? value : '';
  const day = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
    day,
  );
}

/** An instant in the reader's zone; the year only when it is not this one. */
export function formatInstant(value: unknown, locale: string, now = new Date()): string {
  const at = typeof value === 'string' ? new Date(value) : null;
  if (!at || Number.isNaN(at.getTime())) return typeof value === 'string' ? value : '';
  const year = at.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...year,
  }).format(at);
}

export function formatTime(value: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(new Date(value));
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** "5 minutes ago", "in 2 days". */
export function formatRelative(value: string, locale: string, now = Date.now()): string {
  const distance = new Date(value).getTime() - now;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  // "Last month" may be yesterday: long distances are counted.
  const counted = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  for (const [unit, size] of STEPS) {
    if (Math.abs(distance) < size) continue;
    return (unit === 'month' || unit === 'year' ? counted : format).format(Math.trunc(distance / size), unit);
  }
  return format.format(0, 'minute');
}

/** Bytes as people say them. */
export function formatSize(bytes: number, locale: string): string {
  const unit = bytes < 1_000_000 ? 'kilobyte' : 'megabyte';
  const size = bytes < 1_000_000 ? Math.max(1, bytes / 1000) : bytes / 1_000_000;
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: unit === 'megabyte' ? 1 : 0,
  }).format(size);
}

/** The currency of a money field: a code, or the field of the record that holds one, else the organisation's. */
export function currencyOf(
  stated: string | undefined,
  record: RecordData | undefined,
  organisation: string | undefined,
): string {
  const fallback = organisation ?? 'EUR';
  if (!stated) return fallback;
  if (/^[A-Z]{3}$/.test(stated)) return stated;
  const held = record?.[stated];
  return typeof held === 'string' && held ? held : fallback;
}

/** The locale of figures and dates. */
export const useLocale = (): string => useModelContext().locale;

/** Written as the language does, and English as it is written in Europe unless the firm is American. */
export const localeFor = (language: string, country: string | null | undefined): string =>
  language === 'en' && country !== 'US' ? 'en-150' : language;
