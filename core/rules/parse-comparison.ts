import { FieldError } from '../fields/field-type.ts';
import type { Operator } from '../fields/field-type.ts';
import { ALWAYS, NEVER } from './condition.ts';
import type { Condition, FieldLookup, FieldPath, Operand } from './condition.ts';
import { all, any } from './condition-tools.ts';
import { resolveField } from './condition-path.ts';
import { parseDuration } from './duration.ts';
import { placeOf, pointerTo } from './rule-errors.ts';
import type { RuleError } from './rule-errors.ts';

const MAX_LIST = 1_000;

/** What the steps of one parse share. */
export interface ConditionParse {
  readonly lookup: FieldLookup;
  readonly errors: RuleError[];
  readonly places: boolean;
}

export interface Comparison {
  readonly path: FieldPath;
  readonly op: Operator;
  readonly json: unknown;
  readonly pointer: string;
}

/** One field, operator and operand. Null operands become `empty`, so that `eq` and `in` never hold one. */
export function parseComparison(comparison: Comparison, parse: ConditionParse): Condition {
  const { path, op, json } = comparison;
  // Any field may be asked for null, also one that compares with nothing else.
  if (json === null && (op === 'eq' || op === 'ne')) return isEmpty(path, op === 'eq');
  if (!path.field.type.operators.includes(op)) {
    return fail(comparison, parse, `A ${path.field.type.name} cannot be compared so: it takes ${list(path)}.`);
  }
  if (op === 'empty') return parseEmpty(comparison, parse);
  if (!looksInside(op) && [json].flat().some(isPerson) && columnKind(path) !== 'uuid') {
    return fail(
      comparison,
      parse,
      `"$me" and "$myTeam" can be compared with a reference only, not with a ${path.field.type.name}.`,
    );
  }
  if (op === 'in' || op === 'nin') return parseIn(comparison, parse);
  if (json === null) return fail(comparison, parse, `"${op}" needs a value; ask {"empty": true} for an empty one.`);
  if (json === '$myTeam' && (op === 'eq' || op === 'ne')) {
    return { kind: 'compare', path, op: op === 'eq' ? 'in' : 'nin', operand: { kind: 'myTeam' } };
  }
  const operand = parseOperand(comparison, parse);
  if (!operand) return ALWAYS;
  if (operand.kind === 'value') checkValue(json, comparison, parse);
  return { kind: 'compare', path, op, operand };
}

/** Takes a part of a text, which is itself whatever it says. */
function looksInside(op: Operator): boolean {
  return op === 'contains' || op === 'startsWith';
}

/** Stands for ids of users. */
function isPerson(operand: unknown): boolean {
  return operand === '$me' || operand === '$myTeam';
}

function parseEmpty(comparison: Comparison, parse: ConditionParse): Condition {
  const { json, path } = comparison;
  if (json === true || json === 'true') return isEmpty(path, true);
  if (json === false || json === 'false') return isEmpty(path, false);
  return fail(comparison, parse, '"empty" takes true or false.');
}

function isEmpty(path: FieldPath, value: boolean): Condition {
  return { kind: 'compare', path, op: 'empty', operand: { kind: 'value', value } };
}

function parseIn(comparison: Comparison, parse: ConditionParse): Condition {
  const { path, op, json, pointer } = comparison;
  if (json === '$myTeam') return { kind: 'compare', path, op, operand: { kind: 'myTeam' } };
  if (!Array.isArray(json)) return fail(comparison, parse, `"${op}" takes a list of values.`);
  if (json.length > MAX_LIST) return fail(comparison, parse, `"${op}" takes at most ${MAX_LIST} values.`);
  const items: readonly unknown[] = json;
  const values: readonly unknown[] = items.filter((value) => value !== null);
  const parts: Condition[] = [];
  if (values.length < items.length) parts.push(isEmpty(path, op === 'in'));
  const plain = values.filter((value) => !isPerson(value));
  items.forEach((value, i) => {
    if (value !== null && !isPerson(value)) checkValue(value, { ...comparison, pointer: pointerTo(pointer, i) }, parse);
  });
  if (plain.length > 0) parts.push({ kind: 'compare', path, op, operand: { kind: 'value', value: plain } });
  if (values.includes('$me')) {
    parts.push({ kind: 'compare', path, op: op === 'in' ? 'eq' : 'ne', operand: { kind: 'me' } });
  }
  if (values.includes('$myTeam')) parts.push({ kind: 'compare', path, op, operand: { kind: 'myTeam' } });
  if (parts.length === 0) return op === 'in' ? NEVER : ALWAYS;
  return op === 'in' ? any(...parts) : all(...parts);
}

function parseOperand(comparison: Comparison, parse: ConditionParse): Operand | undefined {
  const { json } = comparison;
  if (json === '$me' && !looksInside(comparison.op)) return { kind: 'me' };
  const value: Operand = { kind: 'value', value: json, ...(parse.places ? { at: placeOf(comparison.pointer) } : {}) };
  if (json === null || typeof json !== 'object') return value;
  const [key, ...others] = Object.keys(json);
  if (key === undefined || !key.startsWith('$')) return value;
  const inner: unknown = Object.values(json)[0];
  if (others.length > 0 || (key !== '$now' && key !== '$field') || typeof inner !== 'string') {
    fail(comparison, parse, 'An operand is a value, {"$field": "name"} or {"$now": "-30d"}.');
    return undefined;
  }
  try {
    return key === '$now' ? nowOperand(inner, comparison) : fieldOperand(inner, comparison, parse);
  } catch (error) {
    fail(comparison, parse, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function nowOperand(text: string, { path }: Comparison): Operand {
  const kind = columnKind(path);
  if (kind !== 'date' && kind !== 'instant') {
    throw new Error(`"$now" can be compared with a date only, not with a ${path.field.type.name}.`);
  }
  return { kind: 'now', offset: parseDuration(text) };
}

function fieldOperand(text: string, { path, op }: Comparison, parse: ConditionParse): Operand {
  if (looksInside(op)) throw new Error(`"${op}" takes a text, not another field.`);
  const other = resolveField(text, path.entity, parse.lookup);
  if (columnKind(other) !== columnKind(path)) {
    throw new Error(`A ${path.field.type.name} cannot be compared with "${text}", a ${other.field.type.name}.`);
  }
  return { kind: 'field', path: other };
}

function columnKind({ field }: FieldPath): string {
  const column = field.type.columns(field)[0];
  return column === undefined ? 'uuid' : `${column.kind}${column.scale ?? ''}`;
}

function checkValue(json: unknown, { path, op, pointer }: Comparison, parse: ConditionParse): void {
  const { type } = path.field;
  const env = { currency: 'EUR' };
  try {
    if (looksInside(op)) {
      if (typeof json !== 'string' || json === '') throw new FieldError('type', `"${op}" takes a text.`);
      type.textOperand?.(json, path.field, env);
    } else {
      type.operand(json, path.field, env);
    }
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    parse.errors.push({ pointer, message: error.message });
  }
}

function list({ field }: FieldPath): string {
  return field.type.operators.join(', ');
}

function fail({ pointer }: Comparison, parse: ConditionParse, message: string): Condition {
  parse.errors.push({ pointer, message });
  return ALWAYS;
}
