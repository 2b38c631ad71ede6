import { CasementError } from '../errors.ts';
import type { ColumnKind } from '../fields/field-type.ts';
import type { CheckSpec, ColumnSpec, ForeignKeySpec, IndexSpec, TableSpec } from './table-spec.ts';

/**
 * Tables as noted in a database or told by a dump. A dump may come from anywhere and its rules become DDL, so nothing is taken that
 * `tables.ts` could not have made: the shape, the kinds, and every word of every rule. BAD_REQUEST with the place.
 */
export function parseTables(json: unknown): readonly TableSpec[] {
  const tables = listOf(json, 'tables').map(parseTable);
  const names = new Set(tables.map(({ name }) => name));
  if (names.size < tables.length) throw wrong('tables', 'a table stands twice');
  return tables;
}

const KINDS: ReadonlySet<string> = new Set<ColumnKind>([
  'text',
  'uuid',
  'integer',
  'scaled',
  'double',
  'boolean',
  'date',
  'instant',
  'json',
]);
const LARGEST_SCALE = 18;
/** SQLite finds a constraint only by a name without quotes, so names hold nothing that would need them. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,119}$/;

function parseTable(json: unknown, index: number): TableSpec {
  const place = `tables/${index}`;
  const table = objectOf(json, place);
  const columns = listOf(table['columns'], `${place}/columns`).map((item, at) => parseColumn(item, `${place}/${at}`));
  const known = new Set(columns.map((column) => column.name));
  if (columns.length === 0 || known.size < columns.length) throw wrong(place, 'no columns, or one twice');
  const columnName = (value: unknown, where: string) => {
    const name = nameOf(value, where);
    if (!known.has(name)) throw wrong(where, `there is no column "${name}"`);
    return name;
  };
  const rules = (key: string) => listOf(table[key], `${place}/${key}`);
  return {
    name: nameOf(table['name'], place),
    columns,
    primaryKey: rules('primaryKey').map((key) => columnName(key, `${place}/primaryKey`)),
    checks: rules('checks').map((item) => parseCheck(item, { place, known })),
    foreignKeys: rules('foreignKeys').map((item) => parseForeignKey(item, place, columnName)),
    indexes: rules('indexes').map((item) => parseIndex(item, { place, known })),
  };
}

function parseColumn(json: unknown, place: string): ColumnSpec {
  const column = objectOf(json, place);
  const { scale, special } = column;
  if (scale !== undefined && !(isWhole(scale) && scale >= 0 && scale <= LARGEST_SCALE))
    throw wrong(place, 'the scale is no whole number from 0 to 18');
  if (special !== undefined && special !== 'serial' && special !== 'xid') throw wrong(place, 'an unknown speciality');
  return {
    name: nameOf(column['name'], place),
    kind: kindOf(column['kind'], place),
    notNull: column['notNull'] === true,
    ...(scale === undefined ? {} : { scale }),
    ...(special === undefined ? {} : { special }),
  };
}

function isWhole(value: unknown): value is number {
  return Number.isInteger(value);
}

function kindOf(value: unknown, place: string): ColumnKind {
  if (!isKind(value)) throw wrong(place, 'an unknown kind of column');
  return value;
}

function isKind(value: unknown): value is ColumnKind {
  return typeof value === 'string' && KINDS.has(value);
}

interface InTable {
  readonly place: string;
  /** Its columns. */
  readonly known: ReadonlySet<string>;
}

function parseCheck(json: unknown, of: InTable): CheckSpec {
  const place = `${of.place}/checks`;
  const check = objectOf(json, place);
  const text = objectOf(check['text'], place);
  const rule = (dialect: string) => ruleOf(text[dialect], of.known, place);
  return { name: nameOf(check['name'], place), text: { sqlite: rule('sqlite'), postgres: rule('postgres') } };
}

function parseForeignKey(
  json: unknown,
  place: string,
  columnName: (value: unknown, where: string) => string,
): ForeignKeySpec {
  const where = `${place}/foreignKeys`;
  const key = objectOf(json, where);
  return {
    name: nameOf(key['name'], where),
    column: columnName(key['column'], where),
    target: nameOf(key['target'], where),
  };
}

function parseIndex(json: unknown, of: InTable): IndexSpec {
  const place = `${of.place}/indexes`;
  const index = objectOf(json, place);
  const parts = objectOf(index['parts'], place);
  const list = (dialect: string) => listOf(parts[dialect], place).map((part) => ruleOf(part, of.known, place));
  const where = index['where'] === undefined ? undefined : ruleOf(index['where'], of.known, place);
  const { only } = index;
  if (only !== undefined && only !== 'sqlite' && only !== 'postgres') throw wrong(place, 'an unknown database');
  return {
    name: nameOf(index['name'], place),
    unique: index['unique'] === true,
    parts: { sqlite: list('sqlite'), postgres: list('postgres') },
    ...(where === undefined ? {} : { where }),
    ...(only === undefined ? {} : { only }),
  };
}

/** A quoted name, a text, a number, a word or a sign; anything else is not part of our rules. */
const TOKEN = /\s*(?:"((?:[^"]|"")*)"|'(?:[^']|'')*'|-?\d+(?:\.\d+)?|([a-z_]+)|<=|>=|<>|[()<>=+,])/y;
const WORDS: ReadonlySet<string> = new Set(
  'is not null in or and between length coalesce num_nonnulls asc desc nulls first last true false'.split(' '),
);

function ruleOf(value: unknown, columns: ReadonlySet<string>, place: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw wrong(place, 'a rule is missing');
  TOKEN.lastIndex = 0;
  let depth = 0;
  for (let end = 0; end < value.trimEnd().length; end = TOKEN.lastIndex) {
    const [token = '', name, word] = TOKEN.exec(value) ?? [];
    depth += token.trim() === '(' ? 1 : token.trim() === ')' ? -1 : 0;
    const isOurs = token !== '' && (name === undefined || columns.has(name)) && (word === undefined || WORDS.has(word));
    if (!isOurs || depth < 0) throw wrong(place, `the rule ${value.slice(0, 200)} is none that Casement makes`);
  }
  if (depth !== 0) throw wrong(place, `the rule ${value.slice(0, 200)} is none that Casement makes`);
  return value;
}

function nameOf(value: unknown, place: string): string {
  if (typeof value !== 'string' || !NAME.test(value)) throw wrong(place, 'a name is missing or wrong');
  return value;
}

function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'an object is missing');
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(place, 'a list is missing');
  return value;
}

function wrong(place: string, what: string): CasementError {
  return new CasementError('BAD_REQUEST', `The description of the tables is damaged at ${place}: ${what}.`);
}
