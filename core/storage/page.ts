import type { SqlFragment } from '../context.ts';
import { createScope } from './compile-condition.ts';
import { compileProjection } from './compile-projection.ts';
import { instantText, jsonValue } from './json-value.ts';
import { keyValueOf, shownPart } from './keyset.ts';
import type { SortPart, SortPlan } from './keyset.ts';
import type { Selection } from './query.ts';
import { compileCount, compileOne, compileSelection, holdsDoubles } from './select.ts';
import type { Columns } from './select.ts';
import { sampleOf, Slots } from './slot.ts';
import type { GivenValues, KeyValue } from './slot.ts';
import { join, prepare, sql } from './sql.ts';
import type { Dialect } from './sql.ts';
import type { FilterPlace } from '../rules/condition.ts';

/** Stands between the records of a page, and nowhere within the JSON of one: there a line break is written as an escape. */
export const BETWEEN_RECORDS = ',\n';

/** A page of records as one text, put together by the database. */
export interface Page {
  /** JSON texts with `BETWEEN_RECORDS` between them. */
  readonly text: string;
  /** The sort keys of its last record; only when there are more behind it. */
  readonly last?: readonly KeyValue[];
}

/** A page as a statement that is compiled once and run with other values each time. */
export interface PreparedPage {
  /** Places of the caller's filter whose values may be others at each run; all else of it stands in the statement. */
  readonly places: readonly FilterPlace[];
  /** With the values it was compiled with, or with others; throws OtherForm when these need a statement of their own. */
  statement(given?: GivenValues): SqlFragment;
  /** The page in the rows that the statement answered. */
  pageOf(rows: readonly PageRow[]): Page;
}

/** The one row of a statement; of a record that is not there none. */
export interface PageRow {
  readonly json: string | null;
  readonly count?: number;
  readonly keys?: string | null;
}

/** `kept`: the statement is to be run with other values, too. A selection takes one row more than the page has. */
export function preparePage(selection: Selection, dialect: Dialect, kept: boolean): PreparedPage {
  return selection.id === undefined ? prepareList(selection, dialect, kept) : prepareOne(selection, dialect, kept);
}

/** How many records match. */
export function prepareCount(selection: Selection, dialect: Dialect, kept: boolean): Pick<PreparedPage, 'statement'> {
  const slots = kept ? new Slots() : undefined;
  return { statement: fillable(compileCount(createScope(selection.env, slots), selection), dialect, slots) };
}

function fillable(fragment: SqlFragment, dialect: Dialect, slots: Slots | undefined): PreparedPage['statement'] {
  const { values, run } = prepare(fragment, dialect);
  return (given) => run(slots && given ? slots.fill(values, given) : values.map(sampleOf));
}

function prepareOne(selection: Selection, dialect: Dialect, kept: boolean): PreparedPage {
  const slots = kept ? new Slots() : undefined;
  const printed = printer(selection);
  return {
    statement: fillable(compileOne(createScope(selection.env, slots), selection), dialect, slots),
    places: slots?.places ?? [],
    pageOf: ([row]) => ({ text: row?.json ? printed(row.json) : '' }),
  };
}

function prepareList(selection: Selection, dialect: Dialect, kept: boolean): PreparedPage {
  const slots = kept ? new Slots() : undefined;
  const { statement, plan } = compileSelection(createScope(selection.env, slots), selection, pageColumns);
  const printed = printer(selection);
  const size = selection.limit - 1;
  return {
    statement: fillable(inOneRow(statement), dialect, slots),
    places: slots?.places ?? [],
    pageOf([row]) {
      const text = row?.json ?? '';
      if ((row?.count ?? 0) <= size) return { text: printed(text) };
      const last = lastKey(plan, row?.keys ?? '', size);
      return { text: printed(text.slice(0, text.lastIndexOf(BETWEEN_RECORDS))), last };
    },
  };
}

/** In the order of the rows within: both databases put them together as they come. */
function inOneRow(rows: SqlFragment): SqlFragment {
  return sql.byDialect({
    sqlite: () =>
      sql`select count(*) as "count", group_concat("json", char(44, 10)) as "json", group_concat("key") as "keys" from (${rows})`,
    postgres: () =>
      sql`select count(*) as "count", string_agg("json", chr(44) || chr(10)) as "json", string_agg("key", ',') as "keys" from (${rows}) r`,
  });
}

const pageColumns: Columns = ({ scope, alias, projection, plan, valueOf }) => {
  const keys = plan.shown.map((part) => keyInJson(plan.parts[part]!, valueOf(part)));
  return [
    sql`${compileProjection(scope, alias, projection)} as "json"`,
    sql`${sql.byDialect({
      sqlite: () => sql`json_array(${join(keys)})`,
      postgres: () => sql`json_build_array(${join(keys)})::text`,
    })} as "key"`,
  ];
};

/** Written so that it comes back as the driver would give it. */
function keyInJson({ kind }: SortPart, value: SqlFragment): SqlFragment {
  if (kind === 'instant') return instantText(value);
  if (kind !== 'double') return shownPart(value, kind);
  return sql.byDialect({ sqlite: () => sql`json(${jsonValue({ kind }, value).value})`, postgres: () => value });
}

function lastKey(plan: SortPlan, keys: string, size: number): readonly KeyValue[] {
  const all = JSON.parse(`[${keys}]`) as readonly (readonly unknown[])[];
  return plan.shown.map((part, index) => keyValueOf(plan.parts[part]!.kind, all[size - 1]?.[index]));
}

/** Only a page with doubles in it must go through JS, to print them as JS does. */
function printer(selection: Selection): (text: string) => string {
  if (!holdsDoubles(selection.projection)) return (text) => text;
  return (text) =>
    text
      .split(BETWEEN_RECORDS)
      .map((record) => record && JSON.stringify(JSON.parse(record)))
      .join(BETWEEN_RECORDS);
}
