import type { ASTNode } from '@marcbachmann/cel-js';
import { calculate, isEqual, isIn, isOrdered, isTrue, negate } from './cel-operators.ts';
import type { ArithmeticOperator, OrderOperator } from './cel-operators.ts';
import { FUNCTIONS, METHODS } from './cel-functions.ts';
import type { CelFunction } from './cel-functions.ts';
import { compileMacro, isMacro } from './cel-macros.ts';
import { ANY, nameOf, refusal, typeOfMember, typeOfResult, unite } from './cel-types.ts';
import type { CelType } from './cel-types.ts';
import { Decimal, describe, expressionError, numberOf, textOf } from './cel-values.ts';
import type { FieldLookup } from './condition.ts';
import { isJsonObject } from './json-object.ts';
import { didYouMean } from './rule-errors.ts';

const ARITHMETIC: readonly ArithmeticOperator[] = ['+', '-', '*', '/', '%'];

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

/** An AST of the CEL parser as closures over exact decimals, types checked on the way. Throws an Error with a readable message. */
export function compile(node: ASTNode, names: Names): Part {
  const part = compilePath(node, names) ?? compileNode(node, names);
  if (part.path !== undefined) names.reads.add(part.path);
  return part;
}

function compileNode(node: ASTNode, names: Names): Part {
  switch (node.op) {
    case 'value':
      return compileLiteral(node.args, names.source.slice(node.start, node.end));
    case '[]':
      return compileIndex(compile(node.args[0], names), compile(node.args[1], names));
    case '&&':
    case '||':
      return compileLogic(node.op, [compile(node.args[0], names), compile(node.args[1], names)]);
    case '!_': {
      const inner = checkBoolean(compile(node.args, names), '!');
      return { type: { kind: 'boolean' }, run: (run) => !isTrue(inner.run(run)) };
    }
    case '-_': {
      const inner = compile(node.args, names);
      return { type: inner.type.kind === 'number' ? inner.type : ANY, run: (run) => negate(inner.run(run)) };
    }
    case '?:':
      return compileChoice([compile(node.args[0], names), compile(node.args[1], names), compile(node.args[2], names)]);
    case 'list':
      return compileList(node.args.map((arg) => compile(arg, names)));
    case 'map':
      return compileMap(node.args.map(([key, value]) => [compile(key, names), compile(value, names)] as const));
    case 'call':
      return compileCall(node.args[0], node.args[1], names);
    case 'rcall':
      return compileMethod(node.args, names);
    case 'id':
    case '.':
      throw new Error('A name stands where none is expected.');
    case '.?':
    case '[?]':
      throw new Error('Optional steps are not needed: a missing member is null.');
    default:
      return compileBinary(node.op, compile(node.args[0], names), compile(node.args[1], names));
  }
}

/** Names and members. The whole chain is one path, so that only `product.price` counts as read, not `product` too. */
function compilePath(node: ASTNode, names: Names): Part | undefined {
  if (node.op === 'id') return compileName(node.args, names);
  if (node.op !== '.') return undefined;
  const [ownerNode, member] = node.args;
  const owner = compilePath(ownerNode, names) ?? compile(ownerNode, names);
  const type = memberType(owner.type, member, names);
  const read = readerOf(type);
  return {
    type,
    ...(owner.path === undefined ? {} : { path: `${owner.path}.${member}` }),
    run: (run) => read(memberOf(owner.run(run), member)),
  };
}

function compileName(name: string, names: Names): Part {
  const local = names.locals.get(name);
  if (local) return { type: local, run: (run) => run.locals.get(name) ?? null };
  const type = names.typeOf(name);
  const read = readerOf(type);
  return { type, path: name, run: (run) => read(Object.hasOwn(run.scope, name) ? run.scope[name] : null) };
}

function memberType(owner: CelType, member: string, names: Names): CelType {
  if (owner.kind === 'record' && names.lookup) {
    return typeOfMember(owner.entity, member, { lookup: names.lookup, lists: names.lists });
  }
  if (owner.kind === 'any' || owner.kind === 'record') return ANY;
  throw new Error(`${nameOf(owner)} has no "${member}".`);
}

/** Canonical amounts are texts: where the type says number, they become exact decimals. */
function readerOf(type: CelType): (value: unknown) => unknown {
  if (type.kind !== 'number') return (value) => value ?? null;
  return (value) => (value === null || value === undefined ? null : (numberOf(value) ?? value));
}

function memberOf(owner: unknown, member: string): unknown {
  if (owner === null || owner === undefined) return null;
  if (isJsonObject(owner)) return Object.hasOwn(owner, member) ? owner[member] : null;
  // An id stands for its record as long as nothing but the id is asked.
  if (typeof owner === 'string' && member === 'id') return owner;
  throw expressionError(`${describe(owner)} has no "${member}": is the reference loaded?`);
}

function compileLiteral(value: unknown, text: string): Part {
  if (typeof value === 'string') return { type: { kind: 'text', options: [value] }, run: () => value };
  if (typeof value === 'boolean') return { type: { kind: 'boolean' }, run: () => value };
  if (value === null) return { type: { kind: 'null' }, run: () => null };
  if (typeof value === 'bigint') return { type: { kind: 'number' }, run: () => value };
  if (typeof value !== 'number') throw new Error('Bytes and unsigned numbers are not taken.');
  const exact = new Decimal(/^\d+(\.\d+)?$/.test(text) ? text : value);
  return { type: { kind: 'number' }, run: () => exact };
}

function compileBinary(op: string, left: Part, right: Part): Part {
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

function compileLogic(op: '&&' | '||', [left, right]: readonly [Part, Part]): Part {
  checkBoolean(left, op);
  checkBoolean(right, op);
  const stopsAt = op === '||';
  return {
    type: { kind: 'boolean' },
    run: (run) => (isTrue(left.run(run)) === stopsAt ? stopsAt : isTrue(right.run(run))),
  };
}

function compileChoice([condition, yes, no]: readonly [Part, Part, Part]): Part {
  checkBoolean(condition, '?:');
  return {
    type: unite(yes.type, no.type),
    run: (run) => (isTrue(condition.run(run)) ? yes.run(run) : no.run(run)),
  };
}

function checkBoolean(part: Part, op: string): Part {
  if (part.type.kind === 'boolean' || part.type.kind === 'any' || part.type.kind === 'null') return part;
  throw new Error(`"${op}" takes true or false, not ${nameOf(part.type)}.`);
}

function compileIndex(owner: Part, index: Part): Part {
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

function compileList(items: readonly Part[]): Part {
  const [first] = items;
  const item = first ? items.map((part) => part.type).reduce(unite) : ANY;
  return { type: { kind: 'list', item }, run: (run) => items.map((part) => part.run(run)) };
}

function compileMap(entries: readonly (readonly [Part, Part])[]): Part {
  return {
    type: ANY,
    run: (run) => Object.fromEntries(entries.map(([key, value]) => [textOf(key.run(run)), value.run(run)])),
  };
}

function compileCall(name: string, args: readonly ASTNode[], names: Names): Part {
  if (isMacro(name, 'call')) return compileMacro({ name, args }, names, compile);
  return applyFunction(name, { known: FUNCTIONS, args: args.map((arg) => compile(arg, names)) });
}

function compileMethod(node: readonly [string, ASTNode, readonly ASTNode[]], names: Names): Part {
  const [name, receiver, args] = node;
  if (isMacro(name, 'method')) return compileMacro({ name, receiver, args }, names, compile);
  return applyFunction(name, { known: METHODS, args: [receiver, ...args].map((arg) => compile(arg, names)) });
}

function applyFunction(
  name: string,
  { known, args }: { known: ReadonlyMap<string, CelFunction>; args: readonly Part[] },
): Part {
  const called = known.get(name);
  if (name === 'matches') throw new Error('"matches" is not taken: use contains, startsWith or endsWith.');
  if (!called) throw new Error(`There is no function "${name}".${didYouMean(name, known.keys())}`);
  const [least, most] = called.arity;
  if (args.length < least || args.length > most) throw new Error(`"${name}" takes another number of arguments.`);
  return {
    type: resultType(called, args),
    run(run) {
      const values = args.map((arg) => arg.run(run));
      if (called.takesNull !== true && values[0] === null) return null;
      return called.run(values);
    },
  };
}

/** `coalesce`, `min` and `max` give the type of their arguments. */
function resultType(called: CelFunction, args: readonly Part[]): CelType {
  if (called.result === 'list') return { kind: 'list', item: ANY };
  if (called.result !== 'any' || called.takesNull !== true) return { kind: called.result };
  const common = args.map((arg) => arg.type).reduce(unite);
  return common.kind === 'list' ? common.item : common;
}
