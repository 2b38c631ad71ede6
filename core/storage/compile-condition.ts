import type { SqlFragment } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Cell, ColumnKind } from '../fields/field-type.ts';
import { FieldError } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import type { Condition, FieldPath, FilterPlace, Hop, ListPath } from '../rules/condition.ts';
import { dayIn } from '../rules/day.ts';
import { bound, fits, isOneOf } from './bind.ts';
import { columnsOf, isMany, isPolymorphic, linkOf } from './columns.ts';
import { aliases, atEnd, column, kindOf, pathValue, reached, suffixFor } from './compile-path.ts';
import type { Scope } from './compile-path.ts';
import { targetColumn } from './names.ts';
import type { ConditionEnv } from './query.ts';
import { mapGiven, sampleOf } from './slot.ts';
import type { Given, Slots } from './slot.ts';
import { id, join, raw, sql } from './sql.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;
type Related = Extract<Condition, { kind: 'related' }>;

const TRUE = raw('true');
const FALSE = raw('false');

/** One statement's worth of names and values; with slots it is one to be kept. Conditions inside it are compiled by `scope.holds`. */
export function createScope(env: ConditionEnv, slots?: Slots, prefix = 't'): Scope {
  const scope: Scope = {
    env,
    given: (value, read, at) => slots?.add(value, read, at) ?? value,
    alias: aliases(prefix),
    holds: (condition, alias) => compileCondition(scope, alias, { condition, negated: false }),
  };
  return scope;
}

/**
 * A condition about the row behind `alias`, the twin of `rules/evaluate`. The result stands where SQL's "unknown" counts as false; to keep
 * `not` exact, it is pushed down to the comparisons, each of which is there turned into `… is not true`.
 */
export function compileCondition(
  scope: Scope,
  alias: SqlFragment,
  of: { condition: Condition; negated: boolean },
): SqlFragment {
  const { condition, negated } = of;
  switch (condition.kind) {
    case 'constant':
      return condition.value === negated ? FALSE : TRUE;
    case 'all':
    case 'any': {
      const parts = condition.of.map((part) => compileCondition(scope, alias, { condition: part, negated }));
      const every = (condition.kind === 'all') !== negated;
      if (parts.length === 0) return every ? TRUE : FALSE;
      return parts.length === 1 ? parts[0]! : sql`(${join(parts, every ? ' and ' : ' or ')})`;
    }
    case 'not':
      return compileCondition(scope, alias, { condition: condition.of, negated: !negated });
    case 'compare':
      return compileCompare(scope, alias, { condition, negated });
    case 'related':
      return compileRelated(scope, alias, { condition, negated });
  }
}

function compileCompare(scope: Scope, alias: SqlFragment, of: { condition: Compare; negated: boolean }): SqlFragment {
  const { condition } = of;
  const turned = condition.op === 'ne' || condition.op === 'nin';
  const positive = positiveCompare(scope, alias, condition);
  return of.negated === turned ? positive : sql`(${positive}) is not true`;
}

function positiveCompare(scope: Scope, alias: SqlFragment, condition: Compare): SqlFragment {
  switch (condition.op) {
    case 'empty':
      return isEmpty(scope, alias, condition);
    case 'contains':
    case 'startsWith':
      return matchesText(scope, alias, condition);
    case 'gt':
      return ordered(scope, alias, { condition, sign: '>' });
    case 'gte':
      return ordered(scope, alias, { condition, sign: '>=' });
    case 'lt':
      return ordered(scope, alias, { condition, sign: '<' });
    case 'lte':
      return ordered(scope, alias, { condition, sign: '<=' });
    default:
      return isAmong(scope, alias, condition);
  }
}

function isEmpty(scope: Scope, alias: SqlFragment, { path, operand }: Compare): SqlFragment {
  const wanted = operand.kind === 'value' && operand.value === true;
  const { field } = path;
  if (!isMany(field)) {
    const value = pathValue(scope, alias, { path, suffix: '' });
    return wanted ? sql`${value} is null` : sql`${value} is not null`;
  }
  const filled = atEnd(scope, { alias, hops: path.hops }, (at) => {
    const link = scope.alias();
    return sql`(select min(${column(link, 'position')}) from ${id(linkOf(ownerOf(path), field))} ${link} where ${column(link, 'source')} = ${column(at, 'id')})`;
  });
  return wanted ? sql`${filled} is null` : sql`${filled} is not null`;
}

function ownerOf(path: { readonly entity: string; readonly hops: readonly Hop[] }): string {
  return path.hops.at(-1)?.entity ?? path.entity;
}

/** Equality. Two fields that are both empty are equal; a missing `$me` equals nothing; a list of references equals nothing. */
function isAmong(scope: Scope, alias: SqlFragment, { path, op, operand }: Compare): SqlFragment {
  const { field } = path;
  if (isMany(field)) return FALSE;
  const suffix = suffixFor(field, 'eq');
  if (operand.kind === 'field') {
    const other = pathValue(scope, alias, { path: operand.path, suffix: suffixFor(operand.path.field, 'eq') });
    return sql`${pathValue(scope, alias, { path, suffix })} is not distinct from ${other}`;
  }
  const operands = operandsOf(scope, path, { op, operand });
  const matches = equals(scope, alias, { path, operands, suffix });
  const holdsNull = operand.kind === 'value' && [operand.value].flat().includes(null);
  return holdsNull ? sql`(${pathValue(scope, alias, { path, suffix })} is null or ${matches})` : matches;
}

/** What a field is compared with: one cell, or any of several. */
type Operands = { readonly one: Given<Cell> } | { readonly several: Given<readonly Cell[]> };

function operandsOf(scope: Scope, path: FieldPath, { op, operand }: Pick<Compare, 'op' | 'operand'>): Operands {
  if (operand.kind === 'myTeam') return { several: scope.given(scope.env.teamMates, ({ env }) => env.teamMates) };
  if (operand.kind !== 'value') return { one: plainCell(scope, path, operand) };
  const { value } = operand;
  if ((op !== 'in' && op !== 'nin') || !Array.isArray(value)) return { one: valueCell(scope, path, operand) };
  const values: readonly unknown[] = value;
  return { several: values.filter((item) => item !== null).map((item) => cellOf(scope, path, item)) };
}

function equals(
  scope: Scope,
  alias: SqlFragment,
  of: { path: FieldPath; operands: Operands; suffix: string },
): SqlFragment {
  const { path, suffix } = of;
  const compared = comparison(of.operands, kindOf(path.field, suffix));
  if (!compared) return FALSE;
  const plainTargets = isPolymorphic(path.field) && path.hops.length === 0 && !path.visible;
  if (!plainTargets) return compared(pathValue(scope, alias, { path, suffix }));
  return sql`(${join(
    columnsOf(path.field).map(({ name }) => compared(column(alias, name))),
    ' or ',
  )})`;
}

/** Undefined when nothing is left that the column could hold. */
function comparison(operands: Operands, kind: ColumnKind): ((value: SqlFragment) => SqlFragment) | undefined {
  const fitting = (cell: Cell) => cell !== null && fits(cell, kind);
  const equalTo = (cell: Given<Cell>) => (value: SqlFragment) => sql`${value} = ${bound(cell, kind)}`;
  if ('one' in operands) return fitting(sampleOf(operands.one)) ? equalTo(operands.one) : undefined;
  const cells = mapGiven(operands.several, (all) => all.filter(fitting));
  const count = sampleOf(cells).length;
  if (count < 2) return count === 0 ? undefined : equalTo(mapGiven(cells, ([only = null]) => only));
  return (value) => isOneOf(value, cells, kind);
}

function plainCell(scope: Scope, path: FieldPath, operand: Compare['operand']): Given<Cell> {
  if (operand.kind === 'me') return scope.given(scope.env.me, ({ env }) => env.me);
  if (operand.kind !== 'now') return null;
  const { offset } = operand;
  const isDay = kindOf(path.field) === 'date';
  // The zone of an organisation may change, too, before the statement runs again.
  const { now, zone } = scope.env;
  const moment = scope.given({ now, zone }, ({ env }) => ({ now: env.now, zone: env.zone }));
  return mapGiven(moment, (at) =>
    isDay ? dayIn(at.zone ?? 'UTC', at.now, offset) : new Date(at.now + offset).toISOString(),
  );
}

type ValueOperand = Extract<Compare['operand'], { kind: 'value' }>;

function valueCell(scope: Scope, path: FieldPath, operand: ValueOperand): Given<Cell> {
  return operand.value === null ? null : mapGiven(filterValue(scope, operand), (value) => cellOf(scope, path, value));
}

/** One that stands in the caller's filter may be another at the next run. */
function filterValue(scope: Scope, { value, at }: ValueOperand): Given<unknown> {
  return at === undefined ? value : scope.given(value, ({ filter }) => valueAt(filter, at), at);
}

function valueAt(filter: unknown, at: FilterPlace): unknown {
  return at.reduce<unknown>(
    (json, key) => (json !== null && typeof json === 'object' ? (json as Record<string, unknown>)[key] : undefined),
    filter,
  );
}

function cellOf(scope: Scope, { field }: FieldPath, value: unknown): Cell {
  return asked(field, () => field.type.operand(value, field, scope.env.parse));
}

/** A value that the field's type refuses is the asker's mistake. */
function asked<T>(field: FieldPath['field'], parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new CasementError('BAD_REQUEST', `The filter on "${field.key}": ${error.message}`, { cause: error });
  }
}

function ordered(scope: Scope, alias: SqlFragment, of: { condition: Compare; sign: string }): SqlFragment {
  const { path, operand } = of.condition;
  const suffix = suffixFor(path.field, 'sort');
  const value = pathValue(scope, alias, { path, suffix });
  if (operand.kind === 'field') {
    const other = pathValue(scope, alias, { path: operand.path, suffix: suffixFor(operand.path.field, 'eq') });
    return sql`${value} ${raw(of.sign)} ${other}`;
  }
  const cell = operand.kind === 'value' ? valueCell(scope, path, operand) : plainCell(scope, path, operand);
  return sampleOf(cell) === null || !fits(sampleOf(cell), kindOf(path.field, suffix))
    ? FALSE
    : sql`${value} ${raw(of.sign)} ${bound(cell, kindOf(path.field, suffix))}`;
}

function matchesText(scope: Scope, alias: SqlFragment, { path, op, operand }: Compare): SqlFragment {
  if (operand.kind !== 'value' || isMany(path.field)) return FALSE;
  const { field } = path;
  const parse = (text: unknown) =>
    asked(field, () => field.type.textOperand?.(text, field, scope.env.parse) ?? fold(String(text)));
  const part = mapGiven(filterValue(scope, operand), parse);
  const value = pathValue(scope, alias, { path, suffix: suffixFor(field, 'text') });
  return op === 'contains' ? contains(value, part) : startsWith(value, part);
}

/** `%`, `_` and `\` of the text are themselves. PostgreSQL can answer both from an index. */
export function contains(value: SqlFragment, part: Given<string>): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`instr(${value}, ${part}) > 0`,
    postgres: () => sql`${value} like ${mapGiven(part, (text) => `%${escapeLike(text)}%`)}`,
  });
}

function startsWith(value: SqlFragment, part: Given<string>): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`substr(${value}, 1, length(${part})) = ${part}`,
    postgres: () => sql`${value} like ${mapGiven(part, (text) => `${escapeLike(text)}%`)}`,
  });
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

/** `none` is "not some"; `every` is "not some that does not". A list behind a step that leads nowhere is empty. */
function compileRelated(scope: Scope, alias: SqlFragment, of: { condition: Related; negated: boolean }): SqlFragment {
  const { condition, negated } = of;
  const { quantifier, hops } = condition;
  const exists = underHops(scope, { alias, hops }, (at) => childExists(scope, at, condition));
  return (quantifier === 'some') === negated ? sql`not ${exists}` : exists;
}

function underHops(
  scope: Scope,
  start: { alias: SqlFragment; hops: readonly Hop[] },
  build: (alias: SqlFragment) => SqlFragment,
): SqlFragment {
  const [hop, ...rest] = start.hops;
  if (!hop) return build(start.alias);
  const alias = scope.alias();
  const inner = underHops(scope, { alias, hops: rest }, build);
  return sql`exists (select 1 from ${id(hop.entity)} ${alias} where ${reached(scope, { alias, hop, from: start.alias })} and ${inner})`;
}

function childExists(scope: Scope, parent: SqlFragment, { list, quantifier, of, ...start }: Related): SqlFragment {
  const child = scope.alias();
  const owner = ownerOf(start);
  const { from, where } = childRows(scope, { list, owner }, { child, parent });
  const wanted = compileCondition(scope, child, { condition: of, negated: quantifier === 'every' });
  const rows = list.rows ? sql` and ${scope.holds(list.rows, child)}` : sql``;
  return sql`exists (select 1 from ${from} where ${where} and ${column(child, 'deletedAt')} is null${rows} and ${wanted})`;
}

/** The rows of a child list: by the child's reference, or through the table of a `many` reference, from either end. */
export function childRows(
  scope: Scope,
  of: { list: ListPath; owner: string },
  rows: { child: SqlFragment; parent: SqlFragment },
): { from: SqlFragment; where: SqlFragment; order: SqlFragment } {
  const { list, owner } = of;
  const { child, parent } = rows;
  const childId = column(child, 'id');
  const table = sql`${id(list.entity)} ${child}`;
  if (!isMany(list.field)) {
    const name = isPolymorphic(list.field) ? targetColumn(list.field.key, owner) : list.field.key;
    return { from: table, where: sql`${column(child, name)} = ${column(parent, 'id')}`, order: childId };
  }
  const link = scope.alias();
  const [near, far] = list.link ? ['source', 'target'] : ['target', 'source'];
  const name = linkOf(list.link ? owner : list.entity, list.field);
  return {
    from: sql`${id(name)} ${link} join ${table} on ${childId} = ${column(link, far)}`,
    where: sql`${column(link, near)} = ${column(parent, 'id')}`,
    order: list.link ? column(link, 'position') : childId,
  };
}
