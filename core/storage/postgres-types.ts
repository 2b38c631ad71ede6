import pg from 'pg';

const { builtins } = pg.types;

/**
 * How values come back: 64-bit integers as numbers while exact, else as text; instants as `…Z` with milliseconds; dates, uuids and JSON as
 * their text. The session's zone is UTC and its date style ISO.
 */
const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.INT8]: exactInteger,
  [builtins.NUMERIC]: (text) => text,
  [builtins.DATE]: (text) => text,
  [builtins.TIMESTAMPTZ]: instantText,
  [builtins.JSON]: (text) => text,
  [builtins.JSONB]: (text) => text,
};

export const postgresTypes = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
    return PARSERS[oid] ?? (pg.types.getTypeParser(oid, format) as (text: string) => unknown);
  },
};

function exactInteger(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** `2026-03-01 10:00:00.12+00` → `2026-03-01T10:00:00.120Z`. */
function instantText(text: string): string {
  const [, date = '', time = '', fraction = ''] = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text) ?? [];
  return date === '' ? text : `${date}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
}
