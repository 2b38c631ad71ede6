import { Temporal } from 'temporal-polyfill';
import { CasementError } from '../errors.ts';
import type { Report } from '../definitions/model.ts';
import { parseDay } from '../rules/day.ts';
import { namedPeriod, PERIOD_NAMES } from '../rules/named-period.ts';
import type { ReportRequest } from './request.ts';

/** Whole days: from the first, up to but without `until`; either may be open. */
export interface Days {
  readonly from?: Temporal.PlainDate | undefined;
  readonly until?: Temporal.PlainDate | undefined;
}

/** The days a report is asked for; undefined for all time. BAD_REQUEST for what is no day, no period, or asked of a report without one. */
export function readDays(
  report: Report,
  request: ReportRequest,
  now: { readonly at: number; readonly zone: string },
): Days | undefined {
  const { from, to, period } = request;
  if ((from !== undefined || to !== undefined) && period !== undefined)
    throw new CasementError('BAD_REQUEST', 'Give either a period by its name or its days, from and to.');
  const asked = from !== undefined || to !== undefined || period !== undefined;
  if (asked && report.period === undefined && !report.moves)
    throw new CasementError('BAD_REQUEST', `The report "${report.name}" has no period: leave out from, to and period.`);
  if (from !== undefined || to !== undefined) {
    const last = dayOf('to', to);
    return { from: dayOf('from', from), until: last?.add({ days: 1 }) };
  }
  const name = period ?? report.defaultPeriod;
  if (name === undefined || name === 'all') return undefined;
  const known = PERIOD_NAMES.find((one) => one === name);
  if (!known)
    throw new CasementError('BAD_REQUEST', `"${name}" is no period; take one of all, ${PERIOD_NAMES.join(', ')}.`);
  const today = Temporal.Instant.fromEpochMilliseconds(now.at).toZonedDateTimeISO(now.zone).toPlainDate();
  const span = namedPeriod(known, today);
  return { from: span.from, until: span.to.add({ days: 1 }) };
}

function dayOf(name: string, text: string | undefined): Temporal.PlainDate | undefined {
  if (text === undefined) return undefined;
  const day = parseDay(text);
  if (!day) throw new CasementError('BAD_REQUEST', `"${text}" is no date for ${name}: write it as 2026-03-31.`);
  return day;
}

/**
 * The days that are compared with: as many before, whole months before whole months, or the same days a year before. Undefined where no
 * period with both ends was asked for.
 */
export function comparedDays(days: Days | undefined, compare: 'previous' | 'yearBefore'): Days | undefined {
  const { from, until } = days ?? {};
  if (!from || !until) return undefined;
  if (compare === 'yearBefore') return { from: from.subtract({ years: 1 }), until: until.subtract({ years: 1 }) };
  const isMonths = from.day === 1 && until.day === 1;
  const length = from.until(until, { largestUnit: isMonths ? 'months' : 'days' });
  return { from: from.subtract(length), until: from };
}
