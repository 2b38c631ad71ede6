import type { SqlFragment } from '../context.ts';
import type { ColumnKind } from '../fields/field-type.ts';
import { id, join, raw, sql } from './sql.ts';
import { literal } from './table-spec.ts';

/** One member of a JSON object in the making. `json`: the value is JSON text already, to be put in as it is. */
export interface Member {
  readonly key: string;
  readonly value: SqlFragment;
  readonly json: boolean;
}

const SAFE = raw(String(Number.MAX_SAFE_INTEGER));
/** Functions of SQLite take 1,000 arguments at most. */
const MOST_MEMBERS = 400;

/** A column as a JSON value, in the canonical form: the same text on both databases, but for doubles, which `select` brings into JS's form. */
export function jsonValue(column: { kind: ColumnKind; scale?: number }, value: SqlFragment): Omit<Member, 'key'> {
  switch (column.kind) {
    case 'boolean':
      return { value: sql`case when ${value} then 'true' when not ${value} then 'false' end`, json: true };
    case 'integer':
      return {
        value: sql`case when ${value} between -${SAFE} and ${SAFE} then cast(${value} as text) else '"' || cast(${value} as text) || '"' end`,
        json: true,
      };
    case 'scaled':
      return { value: decimalText(value, column.scale ?? 0), json: false };
    case 'instant':
      return { value: instantText(value), json: false };
    case 'date':
      return { value: sql.byDialect({ sqlite: () => value, postgres: () => sql`${value}::text` }), json: false };
    case 'double':
      return {
        value: sql.byDialect({
          sqlite: () => sql`case when ${value} is not null then printf('%!.17g', ${value}) end`,
          postgres: () => sql`${value}::text`,
        }),
        json: true,
      };
    case 'json':
      return { value, json: true };
    default:
      return { value, json: false };
  }
}

/** 123450 with two digits → `1234.50`, exact in 64 bits. */
export function decimalText(value: SqlFragment, scale: number): SqlFragment {
  if (scale === 0) return sql`cast(${value} as text)`;
  const unit = raw(`1${'0'.repeat(scale)}`);
  const fraction = raw(`'%s%d.%0${scale}d'`);
  return sql.byDialect({
    sqlite: () =>
      sql`case when ${value} is not null then printf(${fraction}, case when ${value} < 0 then '-' else '' end, abs(${value} / ${unit}), abs(${value} % ${unit})) end`,
    postgres: () => sql`(${value}::numeric * ${raw(`0.${'0'.repeat(scale - 1)}1`)})::text`,
  });
}

export function instantText(value: SqlFragment): SqlFragment {
  return sql.byDialect({
    sqlite: () => value,
    // JSON's own form, made to have its digits by a microsecond more: in half the time that a pattern takes.
    postgres: () => sql`substr(to_json(${value} at time zone 'UTC' + interval '0.000001 s')::text, 2, 23) || 'Z'`,
  });
}

/** The object as JSON text without spaces, keys in the order given. */
export function jsonObject(members: readonly Member[]): SqlFragment {
  return sql.byDialect({ sqlite: () => sqliteObject(members), postgres: () => postgresObject(members) });
}

function sqliteObject(members: readonly Member[]): SqlFragment {
  const parts = members
    .slice(0, MOST_MEMBERS)
    .flatMap(({ key, value, json }) => [raw(literal(key)), json ? sql`json(${value})` : value]);
  const object = sql`json_object(${join(parts)})`;
  if (members.length <= MOST_MEMBERS) return object;
  const rest = sqliteObject(members.slice(MOST_MEMBERS));
  return sql`(substr(${object}, 1, length(${object}) - 1) || ',' || substr(${rest}, 2))`;
}

function postgresObject(members: readonly Member[]): SqlFragment {
  if (members.length === 0) return sql`'{}'`;
  const columns = members.map(({ key, value, json }) => sql`${json ? sql`(${value})::json` : value} as ${id(key)}`);
  return sql`(select row_to_json(o)::text from (select ${join(columns)}) o)`;
}

/** JSON texts of many rows as one array. */
export function jsonArray(item: SqlFragment, order: SqlFragment): SqlFragment {
  return sql`coalesce('[' || string_agg(${item}, ',' order by ${order}) || ']', '[]')`;
}
