import { calculate, isEqual, isIn, isOrdered, isTrue } from './cel-operators.ts';
import type { ArithmeticOperator, OrderOperator } from './cel-operators.ts';
import { ANY, nameOf, refusal, typeOfResult, unite } from './cel-types.ts';
import type { CelType } from './cel-types.ts';
import { Decimal, describe, expressionError, numberOf, textOf } from './cel-values.ts';
import type { FieldLookup } from './condition.ts';
import { isJsonObject } from './json-object.ts';

/** A part of an expression, ready to run. */
export interface Part {
  readonly type: CelType;
  /** Its dotted path when it is a plain name or member: `product.price`. */
  readonly path?: string;
  run(run: Run): unknown;
}

/** One evaluation: the scope, the variables of macros, and what is left of the budget of loop steps. */
export interface Run {
  readonly scope: Readonly<Record<string, unknown>>;
  readonly locals: Map<string, unknown>;
  steps: number;
}

/** What names mean while an expression is compiled. */
export interface Names {
  readonly source: string;
  readonly lookup?: FieldLookup;
  /** Child lists may be named (automations load them; a stored computed field uses rollups). */
  readonly lists: boolean;
  readonly locals: ReadonlyMap<string, CelType>;
  /** Throws an Error for an unknown name. */
  typeOf(name: string): CelType;
  /** Collects the paths that are read. */
  readonly reads: Set<string>;
}

const ARITHMETIC: readonly ArithmeticOperator[] = ['+', '-', '*', '/', '%'];

export function compileLiteral(value: unknown, text: string): Part {
  if (typeof value === 'string') return { type: { kind: 'text', options: [value] }, run: () => value };
  if (typeof value === 'boolean') return { type: { kind: 'boolean' }, run: () => value };
  if (value === null) return { type: { kind: 'null' }, run: () => null };
  if (typeof value === 'bigint') return { type: { kind: 'number' }, run: () => value };
  if (typeof value !== 'number') throw new Error('Bytes and unsigned numbers are not taken.');
  const exact = new Decimal(/^\d+(\.\d+)?$/.test(text) ? text : value);
  return { type: { kind: 'number' }, run: () => exact };
}

export function compileBinary(op: string, left: Part, right: Part): Part {
  const problem = refusal(op, left.type, right.type);
  if (problem !== undefined) throw new Error(problem);
  const boolean: CelType = { kind: 'boolean' };
  if (op === '==') return { type: boolean, run: (run) => isEqual(left.run(run), right.run(run)) };
  if (op === '!=') return { type: boolean, run: (run) => !isEqual(left.run(run), right.run(run)) };
  if (op === 'in') return { type: boolean, run: (run) => isIn(left.run(run), right.run(run)) };
  if (op === '<' || op === '<=' || op === '>' || op === '>=') {
    const order: OrderOperator = op;
    return { type: boolean, run: (run) => isOrdered(order, left.run(run), right.run(run)) };
  }
  const arithmetic = ARITHMETIC.find((known) => known === op);
  if (!arithmetic) throw new Error(`There is no operator "${op}".`);
  return {
    type: typeOfResult(op, left.type, right.type),
    run: (run) => calculate(arithmetic, left.run(run), right.run(run)),
  };
}

export function compileLogic(op: '&&' | '||', [left, right]: readonly [Part, Part]): Part {
  checkBoolean(left, op);
  checkBoolean(right, op);
  const stopsAt = op === '||';
  return {
    type: { kind: 'boolean' },
    run: (run) => (isTrue(left.run(run)) === stopsAt ? stopsAt : isTrue(right.run(run))),
  };
}

export function compileChoice([condition, yes, no]: readonly [Part, Part, Part]): Part {
  checkBoolean(condition, '?:');
  return {
    type: unite(yes.type, no.type),
    run: (run) => (isTrue(condition.run(run)) ? yes.run(run) : no.run(run)),
  };
}

export function checkBoolean(part: Part, op: string): Part {
  if (part.type.kind === 'boolean' || part.type.kind === 'any' || part.type.kind === 'null') return part;
  throw new Error(`"${op}" takes true or false, not ${nameOf(part.type)}.`);
}

export function compileIndex(owner: Part, index: Part): Part {
  return {
    type: owner.type.kind === 'list' ? owner.type.item : ANY,
    run(run) {
      const list = owner.run(run);
      const at = index.run(run);
      if (list === null || at === null) return null;
      if (Array.isArray(list)) return elementOf(list, at);
      return memberOf(list, textOf(at)) ?? null;
    },
  };
}

function elementOf(list: readonly unknown[], at: unknown): unknown {
  return list[Number(numberOf(at)?.toFixed() ?? -1)] ?? null;
}

export function compileList(items: readonly Part[]): Part {
  const [first] = items;
  const item = first ? items.map((part) => part.type).reduce(unite) : ANY;
  return { type: { kind: 'list', item }, run: (run) => items.map((part) => part.run(run)) };
}

export function compileMap(entries: readonly (readonly [Part, Part])[]): Part {
  return {
    type: ANY,
    run: (run) => Object.fromEntries(entries.map(([key, value]) => [textOf(key.run(run)), value.run(run)])),
  };
}

export function memberOf(owner: unknown, member: string): unknown {
  if (owner === null || owner === undefined) return null;
  if (isJsonObject(owner)) return Object.hasOwn(owner, member) ? owner[member] : null;
  // An id stands for its record as long as nothing but the id is asked.
  if (typeof owner === 'string' && member === 'id') return owner;
  throw expressionError(`${describe(owner)} has no "${member}": is the reference loaded?`);
}

/** Canonical amounts are texts: where the type says number, they become exact decimals. */
export function readerOf(type: CelType): (value: unknown) => unknown {
  if (type.kind !== 'number') return (value) => value ?? null;
  return (value) => (value === null || value === undefined ? null : (numberOf(value) ?? value));
}
