import { Environment } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';
import { FieldError } from '../fields/field-type.ts';
import { compile } from './cel-compile.ts';
import type { Names, Part } from './cel-parts.ts';
import { ANY, typeOfMember } from './cel-types.ts';
import type { CelType } from './cel-types.ts';
import { expressionError, fromExpression } from './cel-values.ts';
import type { FieldLookup } from './condition.ts';
import type { Expression } from './expression.ts';
import { didYouMean, RuleErrors } from './rule-errors.ts';

export type ExpressionOptions =
  /** A stored computed field: own fields and to-one references, no clock. */
  | { readonly kind: 'computed'; readonly entity: string; readonly lookup: FieldLookup }
  /**
   * An automation, form or text: plain JSON by name. Where `entities` says which entity a name holds (`{record: 'deal'}`),
   * its members are checked at boot and its amounts are exact; everything else is known when it runs.
   */
  | {
      readonly kind: 'scope';
      readonly names: readonly string[];
      readonly entities?: Readonly<Record<string, string>>;
      readonly lookup?: FieldLookup;
    };

const MAX_SOURCE = 4_000;

/** Parser limits, so that no definition can cost more than a moment. */
const LIMITS = { maxAstNodes: 400, maxDepth: 40, maxListElements: 200, maxMapEntries: 100, maxCallArguments: 16 };

const PARSER = new Environment({ unlistedVariablesAreDyn: true, limits: LIMITS });

/**
 * Compiles CEL: exact decimals in place of doubles, empty values instead of errors (`null` in arithmetic gives null, a member
 * of null is null, null in a condition is false, division by zero is null), no regular expressions, no loops without limit.
 * Only the library's parser is used; its evaluator has neither decimals nor empty values. Throws RuleErrors (pointer '').
 */
export function compileExpression(source: string, options: ExpressionOptions): Expression {
  const reads = new Set<string>();
  let part: Part;
  try {
    if (typeof source !== 'string' || source.trim() === '') throw new Error('An expression must not be empty.');
    if (source.length > MAX_SOURCE) throw new Error(`An expression may have at most ${MAX_SOURCE} characters.`);
    part = compile(parse(source), namesOf(source, options, reads));
  } catch (error) {
    throw new RuleErrors([{ pointer: '', message: messageOf(error) }]);
  }
  return {
    source,
    reads: [...reads],
    evaluate: (scope) => evaluatePart(part, scope, source),
  };
}

function parse(source: string): ASTNode {
  return PARSER.parse(source).ast;
}

function namesOf(source: string, options: ExpressionOptions, reads: Set<string>): Names {
  const isScope = options.kind === 'scope';
  return {
    source,
    reads,
    lists: isScope,
    locals: new Map(),
    ...(options.lookup ? { lookup: options.lookup } : {}),
    typeOf: (name) => (isScope ? scopeType(name, options) : fieldType(name, options)),
  };
}

function scopeType(name: string, options: Extract<ExpressionOptions, { kind: 'scope' }>): CelType {
  if (!options.names.includes(name)) {
    const guess = didYouMean(name, options.names) || ` Here are ${options.names.join(', ')}.`;
    throw new Error(`There is no "${name}" here.${guess}`);
  }
  const entity = options.entities?.[name];
  return entity === undefined ? ANY : { kind: 'record', entity };
}

function fieldType(name: string, options: Extract<ExpressionOptions, { kind: 'computed' }>): CelType {
  const { entity, lookup } = options;
  if (name === 'now' && !lookup.field(entity, name)) {
    throw new Error('"now" is not taken in a computed field: its value is stored and would go stale.');
  }
  return typeOfMember(entity, name, { lookup, lists: false });
}

function evaluatePart(part: Part, scope: Readonly<Record<string, unknown>>, source: string): unknown {
  try {
    return fromExpression(part.run({ scope, locals: new Map(), steps: 0 }));
  } catch (error) {
    if (error instanceof FieldError) throw error;
    throw expressionError(`The expression ${source} cannot be worked out: ${messageOf(error)}`);
  }
}

/** The parser draws the place under its message; here only its first line and the column are wanted. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const line = (error.message.split('\n')[0] ?? '').trim();
  const range = 'range' in error ? error.range : undefined;
  const start = range !== null && typeof range === 'object' && 'start' in range ? range.start : undefined;
  return typeof start === 'number' ? `${line} (at character ${start + 1}).` : line;
}
