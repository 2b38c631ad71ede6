import type { SqlFragment } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { Cell } from '../fields/field-type.ts';
import { FieldError } from '../fields/field-type.ts';
import { fold } from '../fields/fold.ts';
import type { Condition, FieldPath, Hop, ListPath } from '../rules/condition.ts';
import { bound, fits, isOneOf } from './bind.ts';
import { columnsOf, isMany, isPolymorphic, linkOf } from './columns.ts';
import { aliases, atEnd, column, kindOf, pathValue, reached, suffixFor } from './compile-path.ts';
import type { Scope } from './compile-path.ts';
import { targetColumn } from './names.ts';
import type { ConditionEnv } from './query.ts';
import { id, join, raw, sql } from './sql.ts';

type Compare = Extract<Condition, { kind: 'compare' }>;
type Related = Extract<Condition, { kind: 'related' }>;

const TRUE = raw('true');
const FALSE = raw('false');

/** One statement's worth of names and values. Conditions inside it are compiled by `scope.holds`. */
export function createScope(env: ConditionEnv, prefix = 't'): Scope {
  const scope: Scope = {
    env,
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
  const list = op === 'in' || op === 'nin';
  const values: readonly unknown[] =
    operand.kind === 'value' ? (list && Array.isArray(operand.value) ? operand.value : [operand.value]) : [];
  const cells =
    operand.kind === 'value'
      ? values.filter((value) => value !== null).map((value) => cellOf(scope, path, value))
      : plainCells(scope, path, operand);
  const kind = kindOf(field, suffix);
  const usable = cells.filter((cell) => cell !== null && fits(cell, kind));
  const value = () => pathValue(scope, alias, { path, suffix });
  const matches = equals(scope, alias, { path, cells: usable, suffix });
  return values.includes(null) ? sql`(${value()} is null or ${matches})` : matches;
}

function equals(
  scope: Scope,
  alias: SqlFragment,
  of: { path: FieldPath; cells: readonly Cell[]; suffix: string },
): SqlFragment {
  const { path, cells, suffix } = of;
  const kind = kindOf(path.field, suffix);
  const compared = (value: SqlFragment) =>
    cells.length === 1 ? sql`${value} = ${bound(cells[0]!, kind)}` : isOneOf(value, cells, kind);
  if (cells.length === 0) return FALSE;
  const plainTargets = isPolymorphic(path.field) && path.hops.length === 0 && !path.visible;
  if (!plainTargets) return compared(pathValue(scope, alias, { path, suffix }));
  return sql`(${join(
    columnsOf(path.field).map(({ name }) => compared(column(alias, name))),
    ' or ',
  )})`;
}

function plainCells(scope: Scope, path: FieldPath, operand: Compare['operand']): readonly Cell[] {
  switch (operand.kind) {
    case 'me':
      return [scope.env.me];
    case 'myTeam':
      return scope.env.teamMates;
    case 'now': {
      const text = new Date(scope.env.now + operand.offset).toISOString();
      return [kindOf(path.field) === 'date' ? text.slice(0, 10) : text];
    }
    default:
      return [];
  }
}

function cellOf(scope: Scope, path: FieldPath, value: unknown): Cell {
  return asked(path, () => path.field.type.operand(value, path.field, scope.env.parse));
}

/** A value that the field's type refuses is the asker's mistake. */
function asked<T>(path: FieldPath, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw new CasementError('BAD_REQUEST', `The filter on "${path.field.key}": ${error.message}`, { cause: error });
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
  const [cell = null] =
    operand.kind === 'value'
      ? [operand.value === null ? null : cellOf(scope, path, operand.value)]
      : plainCells(scope, path, operand);
  return cell === null || !fits(cell, kindOf(path.field, suffix))
    ? FALSE
    : sql`${value} ${raw(of.sign)} ${bound(cell, kindOf(path.field, suffix))}`;
}

function matchesText(scope: Scope, alias: SqlFragment, { path, op, operand }: Compare): SqlFragment {
  if (operand.kind !== 'value' || isMany(path.field)) return FALSE;
  const { field } = path;
  const part = asked(
    path,
    () => field.type.textOperand?.(operand.value, field, scope.env.parse) ?? fold(String(operand.value)),
  );
  const value = pathValue(scope, alias, { path, suffix: suffixFor(field, 'text') });
  return op === 'contains' ? contains(value, part) : startsWith(value, part);
}

/** `%`, `_` and `\` of the text are themselves. PostgreSQL can answer both from an index. */
export function contains(value: SqlFragment, part: string): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`instr(${value}, ${part}) > 0`,
    postgres: () => sql`${value} like ${`%${escapeLike(part)}%`}`,
  });
}

function startsWith(value: SqlFragment, part: string): SqlFragment {
  return sql.byDialect({
    sqlite: () => sql`substr(${value}, 1, length(${part})) = ${part}`,
    postgres: () => sql`${value} like ${`${escapeLike(part)}%`}`,
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
