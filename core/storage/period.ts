import type { SqlFragment } from '../context.ts';
import type { Grouping } from './query.ts';
import { join, raw, sql } from './sql.ts';
import { literal } from './table-spec.ts';
import { checkZone, zoneSpans } from './zone-offsets.ts';
import type { ZoneSpan } from './zone-offsets.ts';

type Grain = NonNullable<Grouping['grain']>;

export interface Period {
  readonly kind: 'date' | 'instant';
  readonly grain: Grain;
  /** IANA zone the instants are cut in; a date is cut as it is. */
  readonly zone: string;
  readonly now: number;
}

/** The first day of the period a date or instant lies in, as `YYYY-MM-DD`. Weeks begin on Monday. */
export function periodStart(value: SqlFragment, period: Period): SqlFragment {
  const { kind, grain, zone } = period;
  checkZone(zone);
  const local = kind === 'date' ? sql`${value}::timestamp` : sql`${value} at time zone ${zone}::text`;
  return sql.byDialect({
    sqlite: () => sqliteStart(value, period),
    postgres: () => sql`to_char(date_trunc(${raw(literal(grain))}, ${local}), 'YYYY-MM-DD')`,
  });
}

/** Modifiers of SQLite's date(). `weekday 1` goes forward to a Monday, so six days are taken off first. */
const CUTS: Readonly<Record<Grain, string>> = {
  day: `'+0 days'`,
  week: `'-6 days', 'weekday 1'`,
  month: `'start of month'`,
  quarter: `'start of month'`,
  year: `'start of year'`,
};

function sqliteStart(value: SqlFragment, { kind, grain, zone, now }: Period): SqlFragment {
  const shift = kind === 'date' ? raw(`'+0 minutes'`) : offsetOf(value, zoneSpans(zone, now), now);
  const start = sql`date(${value}, ${shift}, ${raw(CUTS[grain])})`;
  if (grain !== 'quarter') return start;
  return sql`date(${start}, '-' || ((cast(substr(${start}, 6, 2) as integer) - 1) % 3) || ' months')`;
}

/** The modifier that moves an instant into local time. Most values are recent, so the spans around now are asked first. */
function offsetOf(value: SqlFragment, spans: readonly ZoneSpan[], now: number): SqlFragment {
  const [first, ...rest] = spans;
  if (rest.length === 0 || !first) return modifier(first);
  const next = rest.find((span) => span.from > now);
  const past = rest.filter((span) => span.from <= now);
  const future = rest.filter((span) => span.from > now);
  const later = next && sql`when ${value} >= ${raw(startOf(next))} then case ${cases(value, future)} end`;
  return sql`case ${join([...(later ? [later] : []), ...(past.length > 0 ? [cases(value, past)] : []), sql`else ${modifier(first)}`], ' ')} end`;
}

function cases(value: SqlFragment, spans: readonly ZoneSpan[]): SqlFragment {
  return join(
    spans.toReversed().map((span) => sql`when ${value} >= ${raw(startOf(span))} then ${modifier(span)}`),
    ' ',
  );
}

function startOf(span: ZoneSpan): string {
  return literal(new Date(span.from).toISOString());
}

function modifier(span: ZoneSpan | undefined): SqlFragment {
  const offset = span?.offset ?? 0;
  return raw(`'${offset < 0 ? '-' : '+'}${Math.abs(offset)} minutes'`);
}
