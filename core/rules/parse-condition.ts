import { isMany, isPolymorphic } from '../fields/reference.ts';
import { ALWAYS } from './condition.ts';
import type { Condition, FieldLookup, FieldPath } from './condition.ts';
import { all, any, not } from './condition-tools.ts';
import { parseComparison } from './parse-comparison.ts';
import type { ConditionParse } from './parse-comparison.ts';
import { resolvePath } from './condition-path.ts';
import type { ResolvedPath } from './condition-path.ts';
import { didYouMean, pointerTo, RuleErrors } from './rule-errors.ts';

export { didYouMean, RuleErrors } from './rule-errors.ts';

export interface ConditionOptions {
  /** Comparisons and groups in the whole condition; 200 unless told. */
  readonly maxNodes?: number;
  /** Levels of groups and lists inside one another; 12 unless told. */
  readonly maxDepth?: number;
  /** It is a caller's filter: each single operand is told where in it it stands. */
  readonly places?: boolean;
}

interface Parse extends ConditionParse {
  readonly maxNodes: number;
  nodes: number;
}

interface Place {
  readonly entity: string;
  readonly pointer: string;
  readonly depth: number;
}

const QUANTIFIERS = ['some', 'none', 'every'] as const;

/**
 * A condition from its JSON, checked against the model: names, operators of each field's type, operands as far as they can
 * be read without the caller's country. Absent means always. `eq null` becomes `empty`; `contains` and `empty` of a list
 * become `some` and `none`. Throws RuleErrors with every wrong place.
 */
export function parseCondition(
  json: unknown,
  entity: string,
  lookup: FieldLookup,
  options: ConditionOptions = {},
): Condition {
  if (json === undefined || json === null) return ALWAYS;
  const { maxNodes = 200, places = false } = options;
  const parse: Parse = { lookup, errors: [], places, maxNodes, nodes: 0 };
  const condition = parseGroup(json, { entity, pointer: '', depth: options.maxDepth ?? 12 }, parse);
  if (parse.errors.length > 0) throw new RuleErrors(parse.errors);
  return condition;
}

function parseGroup(json: unknown, place: Place, parse: Parse): Condition {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) {
    return fail(parse, place.pointer, 'A condition must be an object such as {"stage": "won"}.');
  }
  if (place.depth === 0) return fail(parse, place.pointer, 'The condition is nested too deeply.');
  return all(
    ...Object.entries(json).map(([key, value]) => {
      const inner = { ...place, pointer: pointerTo(place.pointer, key), depth: place.depth - 1 };
      parse.nodes++;
      if (parse.nodes === parse.maxNodes + 1) {
        return fail(parse, inner.pointer, `The condition is too large: at most ${parse.maxNodes} parts are taken.`);
      }
      if (parse.nodes > parse.maxNodes) return ALWAYS;
      if (key === 'all' || key === 'any') return parseList(key, value, inner, parse);
      if (key === 'not') return not(parseGroup(value, inner, parse));
      return parseEntry(key, value, inner, parse);
    }),
  );
}

function parseList(kind: 'all' | 'any', json: unknown, place: Place, parse: Parse): Condition {
  if (!Array.isArray(json)) return fail(parse, place.pointer, `"${kind}" takes a list of conditions.`);
  const parts = json.map((part: unknown, i) => {
    return parseGroup(part, { ...place, pointer: pointerTo(place.pointer, i) }, parse);
  });
  return kind === 'all' ? all(...parts) : any(...parts);
}

function parseEntry(key: string, value: unknown, place: Place, parse: Parse): Condition {
  let resolved: ResolvedPath;
  try {
    resolved = resolvePath(key, place.entity, parse.lookup);
  } catch (error) {
    return fail(parse, place.pointer, error instanceof Error ? error.message : String(error));
  }
  if (resolved.kind === 'list') return parseRelated(resolved, value, place, parse);
  return parseField(resolved.path, value, place, parse);
}

function parseField(path: FieldPath, value: unknown, place: Place, parse: Parse): Condition {
  if (Array.isArray(value)) return parseComparison({ path, op: 'in', json: value, pointer: place.pointer }, parse);
  if (!isOperatorObject(value, path)) {
    return parseComparison({ path, op: 'eq', json: value, pointer: place.pointer }, parse);
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return fail(parse, place.pointer, `"${path.field.key}" is compared with nothing.`);
  return all(
    ...entries.map(([op, operand]) => {
      const pointer = pointerTo(place.pointer, op);
      const { name, operators } = path.field.type;
      const operator = operators.find((known) => known === op);
      if (!operator) {
        const guess = didYouMean(op, operators) || ` It takes ${operators.join(', ')}.`;
        return fail(parse, pointer, `A field of type ${name} knows no operator "${op}".${guess}`);
      }
      return parseComparison({ path, op: operator, json: operand, pointer }, parse);
    }),
  );
}

/** An object stands for operators, unless it is itself an operand: `{"$now": …}`, `{"$field": …}`, `{"entity", "id"}`. */
function isOperatorObject(value: unknown, path: FieldPath): value is Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== 'object') return false;
  if (Object.keys(value).some((key) => key.startsWith('$'))) return false;
  return !(isPolymorphic(path.field) && 'id' in value);
}

function parseRelated(
  { hops, list, entity }: Extract<ResolvedPath, { kind: 'list' }>,
  json: unknown,
  place: Place,
  parse: Parse,
): Condition {
  const related = (quantifier: 'some' | 'none' | 'every', of: Condition): Condition => {
    return { kind: 'related', entity, hops, list, quantifier, of };
  };
  const entries = json !== null && typeof json === 'object' && !Array.isArray(json) ? Object.entries(json) : [];
  if (entries.length === 0) {
    return fail(parse, place.pointer, `"${list.key}" is a list: ask {"${list.key}": {"some": {…}}}, none or every.`);
  }
  return all(
    ...entries.map(([op, operand]) => {
      const pointer = pointerTo(place.pointer, op);
      const quantifier = QUANTIFIERS.find((name) => name === op);
      if (quantifier)
        return related(quantifier, parseGroup(operand, { ...place, entity: list.entity, pointer }, parse));
      if (op === 'empty' && (operand === true || operand === false)) return related(operand ? 'none' : 'some', ALWAYS);
      if (op === 'contains' && isMany(list.field)) {
        return related('some', parseGroup({ id: operand }, { ...place, entity: list.entity, pointer }, parse));
      }
      const guess = didYouMean(op, QUANTIFIERS) || ' It takes some, none, every and empty.';
      return fail(parse, pointer, `The list "${list.key}" knows no operator "${op}".${guess}`);
    }),
  );
}

function fail(parse: ConditionParse, pointer: string, message: string): Condition {
  parse.errors.push({ pointer, message });
  return ALWAYS;
}
