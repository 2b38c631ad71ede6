import type { ASTNode } from '@marcbachmann/cel-js';
import type { Names, Part, Run } from './cel-parts.ts';
import { isTrue } from './cel-operators.ts';
import { ANY, nameOf } from './cel-types.ts';
import type { CelType } from './cel-types.ts';
import { describe, expressionError } from './cel-values.ts';

/** Loop steps of one evaluation, over all its loops. */
export const MAX_STEPS = 10_000;

interface MacroCall {
  readonly name: string;
  readonly receiver?: ASTNode;
  readonly args: readonly ASTNode[];
}

type Compile = (node: ASTNode, names: Names) => Part;
type Loop = (items: Iterable<unknown>, test: (item: unknown) => boolean) => boolean;

const QUANTIFIERS: Readonly<Record<string, Loop>> = {
  all: (items, test) => [...items].every(test),
  exists: (items, test) => [...items].some(test),
  exists_one: (items, test) => [...items].filter(test).length === 1,
};

const METHOD_MACROS = new Set([...Object.keys(QUANTIFIERS), 'map', 'filter', 'bind']);

export function isMacro(name: string, form: 'call' | 'method'): boolean {
  return form === 'call' ? name === 'has' : METHOD_MACROS.has(name);
}

/** `has(a.b)`, `cel.bind(x, value, use)` and the loops over lists: all, exists, exists_one, map, filter. */
export function compileMacro(call: MacroCall, names: Names, compile: Compile): Part {
  const { name, receiver, args } = call;
  if (!receiver) return compileHas(args, names, compile);
  if (name === 'bind') return compileBind(args, names, compile);
  const list = compile(receiver, names);
  if (list.type.kind !== 'list' && list.type.kind !== 'any')
    throw new Error(`"${name}" takes a list, not ${nameOf(list.type)}.`);
  const variable = variableOf(args[0], name);
  const inner = withLocal(names, variable, list.type.kind === 'list' ? list.type.item : ANY);
  const parts = args.slice(1).map((arg) => compile(arg, inner));
  const last = parts.at(-1);
  if (!last || parts.length > (name === 'map' ? 2 : 1)) throw new Error(`"${name}" takes another number of arguments.`);
  const filter = name === 'map' ? (parts.length === 2 ? parts[0] : undefined) : last;
  const each = (run: Run): readonly unknown[] | null => itemsOf(list.run(run), name);
  const test = (run: Run, item: unknown): boolean => !filter || isTrue(withItem(run, variable, item, filter));
  const quantifier = QUANTIFIERS[name];
  if (quantifier) {
    return { type: { kind: 'boolean' }, run: (run) => quantifier(each(run) ?? [], (item) => test(run, item)) };
  }
  return {
    type: name === 'filter' ? list.type : { kind: 'list', item: last.type },
    run(run) {
      const kept = each(run)?.filter((item) => test(run, item)) ?? null;
      return name === 'filter' ? kept : (kept?.map((item) => withItem(run, variable, item, last)) ?? null);
    },
  };
}

function compileHas(args: readonly ASTNode[], names: Names, compile: Compile): Part {
  const [arg] = args;
  if (!arg || args.length !== 1 || arg.op !== '.')
    throw new Error('"has" takes one member, such as has(record.phone).');
  const member = compile(arg, names);
  return { type: { kind: 'boolean' }, run: (run) => member.run(run) !== null };
}

function compileBind(args: readonly ASTNode[], names: Names, compile: Compile): Part {
  const [, valueNode, useNode] = args;
  const variable = variableOf(args[0], 'bind');
  if (!valueNode || !useNode) throw new Error('"cel.bind" takes a name, a value and an expression.');
  const value = compile(valueNode, names);
  const use = compile(useNode, withLocal(names, variable, value.type));
  return { type: use.type, run: (run) => withItem(run, variable, value.run(run), use) };
}

function variableOf(node: ASTNode | undefined, name: string): string {
  if (node?.op !== 'id') throw new Error(`The first argument of "${name}" is the name of a variable.`);
  return node.args;
}

function withLocal(names: Names, variable: string, type: CelType): Names {
  return { ...names, locals: new Map(names.locals).set(variable, type) };
}

function withItem(run: Run, variable: string, item: unknown, part: Part): unknown {
  if (++run.steps > MAX_STEPS) throw expressionError(`The expression takes more than ${MAX_STEPS} steps.`);
  const outer = run.locals.get(variable);
  run.locals.set(variable, item);
  try {
    return part.run(run);
  } finally {
    run.locals.set(variable, outer);
  }
}

function itemsOf(value: unknown, name: string): readonly unknown[] | null {
  if (value === null) return null;
  if (Array.isArray(value)) return value;
  throw expressionError(`"${name}" takes a list, not ${describe(value)}.`);
}
