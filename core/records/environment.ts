import type { Context } from '../context.ts';
import type { ParseEnv, RecordData } from '../fields/field-type.ts';
import type { ConditionEnv } from '../storage/query.ts';

/** What the organisation's one record decides for everybody: money, phones, deadlines, languages. */
export interface Organisation {
  readonly id: string | null;
  readonly name: string;
  readonly currency: string;
  readonly country: string | null;
  /** IANA zone. */
  readonly zone: string;
  readonly language: string;
  readonly calendar: string | null;
}

const WITHOUT_RECORD: Organisation = {
  id: null,
  name: 'Casement',
  currency: 'EUR',
  country: null,
  zone: 'UTC',
  language: 'en',
  calendar: null,
};

/** The organisation from its record; each member falls back on its own, so that a half-filled record works. */
export function organisationOf(record: RecordData | undefined): Organisation {
  const text = (key: string) => {
    const value = record?.[key];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  return {
    id: text('id'),
    name: text('name') ?? WITHOUT_RECORD.name,
    currency: text('currency') ?? WITHOUT_RECORD.currency,
    country: text('country'),
    zone: text('zone') ?? WITHOUT_RECORD.zone,
    language: text('language') ?? WITHOUT_RECORD.language,
    calendar: text('calendar'),
  };
}

/** `country` of the record decides for its phones, else the organisation's. */
export function parseEnv(organisation: Organisation, record?: Readonly<Record<string, unknown>>): ParseEnv {
  const own = record?.['country'];
  const country = typeof own === 'string' && /^[A-Za-z]{2}$/.test(own) ? own.toUpperCase() : organisation.country;
  return { currency: organisation.currency, ...(country === null ? {} : { country }) };
}

/** The day it is in the organisation's zone, `YYYY-MM-DD`; `offset` in milliseconds moves it by whole days. */
export function dayOf(now: number, zone: string, offset = 0): string {
  const named = Object.fromEntries(
    dayFormat(zone)
      .formatToParts(new Date(now))
      .map(({ type, value }) => [type, value]),
  );
  const day = Date.UTC(Number(named['year']), Number(named['month']) - 1, Number(named['day']));
  return new Date(day + Math.trunc(offset / DAY) * DAY).toISOString().slice(0, 10);
}

/** A format never changes, so this is no state; making one takes longer than most writes. */
const dayFormats = new Map<string, Intl.DateTimeFormat>();

function dayFormat(zone: string): Intl.DateTimeFormat {
  const known = dayFormats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  dayFormats.set(zone, made);
  return made;
}

const DAY = 86_400_000;

export function conditionEnv(ctx: Context, organisation: Organisation): ConditionEnv {
  return {
    me: ctx.principal.id,
    teamMates: ctx.principal.teamMates,
    now: ctx.clock.now(),
    zone: organisation.zone,
    parse: parseEnv(organisation),
  };
}
