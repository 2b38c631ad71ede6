import type { ASTNode } from '@marcbachmann/cel-js';
import { FUNCTIONS, METHODS } from './cel-functions.ts';
import type { CelFunction } from './cel-functions.ts';
import { compileMacro, isMacro } from './cel-macros.ts';
import { isTrue, negate } from './cel-operators.ts';
import {
  checkBoolean,
  compileBinary,
  compileChoice,
  compileIndex,
  compileList,
  compileLiteral,
  compileLogic,
  compileMap,
  memberOf,
  readerOf,
} from './cel-parts.ts';
import type { Names, Part } from './cel-parts.ts';
import { ANY, nameOf, typeOfMember, unite } from './cel-types.ts';
import type { CelType } from './cel-types.ts';
import { didYouMean } from './rule-errors.ts';

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
