import type { Field, Model } from '../../core/definitions/model.ts';
import type { Cell, Operator, RecordData, Value } from '../../core/fields/field-type.ts';
import { fold } from '../../core/fields/fold.ts';

type Json = Readonly<Record<string, unknown>>;

/** One way to look at the world: as it is, or as somebody may see it. */
export interface Sight {
  readonly model: Model;
  readonly me: string;
  readonly teamMates: readonly string[];
  readonly now: number;
  value(entity: string, record: RecordData, key: string): Value;
  /** A record that is there, in this sight. */
  at(entity: string, id: string): RecordData | null;
  /** The id alone of what a reference names: told of a deleted record, too, unless rights must be asked of it first. */
  idAt(reference: Field, target: { readonly entity: string; readonly id: string }): string | null;
  /** All records of an entity as they are, deleted ones left out. */
  all(entity: string): readonly RecordData[];
}

export interface At {
  readonly entity: string;
  readonly record: RecordData;
}

/** Does a filter, as JSON, hold for a record? Keys side by side are AND. */
export function holds(sight: Sight, filter: unknown, at: At): boolean {
  return Object.entries(filter as Json).every(([key, asked]) => {
    if (key === 'all') return (asked as Json[]).every((part) => holds(sight, part, at));
    if (key === 'any') return (asked as Json[]).some((part) => holds(sight, part, at));
    if (key === 'not') return !holds(sight, asked, at);
    return entryHolds(sight, { path: key, asked }, at);
  });
}

function entryHolds(sight: Sight, { path, asked }: { path: string; asked: unknown }, at: At): boolean {
  const found = walk(sight, path, at);
  if (found.kind === 'list')
    return Object.entries(asked as Json).every(([op, of]) => listHolds(sight, found, { op, of }));
  if (Array.isArray(asked)) return compares(sight, found, { op: 'in', operand: asked, at });
  if (!isOperators(asked)) return compares(sight, found, { op: 'eq', operand: asked, at });
  return Object.entries(asked).every(([op, operand]) => compares(sight, found, { op: op as Operator, operand, at }));
}

function isOperators(asked: unknown): asked is Json {
  return (
    typeof asked === 'object' &&
    asked !== null &&
    !Object.keys(asked).some((key) => key.startsWith('$') || key === 'id')
  );
}

export type Found =
  | { readonly kind: 'field'; readonly entity: string; readonly field: Field; readonly value: Value }
  | { readonly kind: 'list'; readonly entity: string; readonly records: readonly RecordData[] };

/** What a path leads to from a record; nothing beyond a step that leads nowhere. */
export function walk(sight: Sight, path: string, start: At): Found {
  const names = path.split('.');
  let entity = start.entity;
  let record: RecordData | null = start.record;
  for (let index = 0; ; index += 1) {
    const name = names[index]!;
    const isLast = index === names.length - 1;
    const field = sight.model.entity(entity).fields.get(name);
    const list = sight.model.list(entity, name);
    if (isLast && (list ?? field?.reference?.many))
      return {
        kind: 'list',
        entity: list?.entity ?? field!.reference!.to[0]!,
        records: record ? childrenOf(sight, { entity, record }, name) : [],
      };
    const value: Value = record ? sight.value(entity, record, name) : null;
    if (isLast) return { kind: 'field', entity, field: field!, value };
    const named = targetOf(field!, value);
    const next = field!.reference!.to.length > 1 ? names[++index]! : field!.reference!.to[0]!;
    const target = named?.entity === next ? named : null;
    record = target && sight.at(next, target.id);
    entity = next;
    const asksId = index === names.length - 1 || (index === names.length - 2 && names[index + 1] === 'id');
    if (!asksId) continue;
    const id = target && sight.idAt(field!, target);
    return { kind: 'field', entity, field: sight.model.entity(entity).fields.get('id')!, value: id };
  }
}

/** The record a to-one reference names. */
export function targetOf(field: Field, value: Value): { readonly entity: string; readonly id: string } | null {
  if (value === null) return null;
  const { to } = field.reference!;
  return to.length > 1 ? (value as { entity: string; id: string }) : { entity: to[0]!, id: String(value) };
}

/** Children in a list of a record: those that are there and whose belonging here can be seen, by id; targets of a list of references in its order. */
export function childrenOf(sight: Sight, { entity, record }: At, key: string): readonly RecordData[] {
  const own = sight.model.entity(entity).fields.get(key);
  if (own?.reference?.many) {
    const ids = (sight.value(entity, record, key) ?? []) as readonly string[];
    return ids.map((id) => sight.at(own.reference!.to[0]!, id)).filter((target) => target !== null);
  }
  const list = sight.model.list(entity, key)!;
  const back = list.field.key;
  const belongs = (child: RecordData) => {
    const value = sight.value(list.entity, child, back);
    if (Array.isArray(value)) return value.includes(record['id']!);
    return value !== null && (typeof value === 'object' ? (value as { id: string }).id : value) === record['id'];
  };
  return sight
    .all(list.entity)
    .filter((child) => sight.at(list.entity, String(child['id'])) !== null && belongs(child))
    .sort((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
}

function listHolds(
  sight: Sight,
  list: Extract<Found, { kind: 'list' }>,
  { op, of }: { op: string; of: unknown },
): boolean {
  const fits = (record: RecordData) => holds(sight, of, { entity: list.entity, record });
  switch (op) {
    case 'some':
      return list.records.some(fits);
    case 'none':
      return !list.records.some(fits);
    case 'every':
      return list.records.every(fits);
    case 'empty':
      return (list.records.length === 0) === of;
    default:
      return list.records.some((record) => record['id'] === of);
  }
}

type Leaf = Extract<Found, { kind: 'field' }>;

interface Question {
  readonly op: Operator;
  readonly operand: unknown;
  readonly at: At;
}

function compares(sight: Sight, leaf: Leaf, question: Question): boolean {
  const { op, operand } = question;
  const { value } = leaf;
  switch (op) {
    case 'empty':
      return (value === null) === operand;
    case 'ne':
      return !isEqual(sight, leaf, question);
    case 'nin':
      return !(operand === '$myTeam'
        ? isEqual(sight, leaf, question)
        : (operand as unknown[]).some((item) => isEqual(sight, leaf, { ...question, operand: item })));
    case 'in':
      return operand === '$myTeam'
        ? isEqual(sight, leaf, question)
        : (operand as unknown[]).some((item) => isEqual(sight, leaf, { ...question, operand: item }));
    case 'contains':
    case 'startsWith':
      return hasText(leaf, op, operand);
    case 'eq':
      return isEqual(sight, leaf, question);
    default:
      return isOrdered(op, cellOf(leaf, 'sort'), operandCell(sight, leaf, question));
  }
}

/** A missing value equals only null, or another field that is missing too. */
function isEqual(sight: Sight, leaf: Leaf, question: Question): boolean {
  const { operand } = question;
  const cell = cellOf(leaf, 'eq');
  if (operand === null) return cell === null;
  if (operand === '$myTeam') return sight.teamMates.includes(String(cell));
  const other = operandCell(sight, leaf, question);
  if (isFieldOperand(operand))
    return cell === null || other === null ? cell === other : compareCells(cell, other) === 0;
  return cell !== null && other !== null && compareCells(cell, other) === 0;
}

function isFieldOperand(operand: unknown): operand is { $field: string } {
  return typeof operand === 'object' && operand !== null && '$field' in operand;
}

function operandCell(sight: Sight, { field }: Leaf, { operand, at }: Question): Cell {
  if (operand === '$me') return sight.me;
  if (isFieldOperand(operand)) return cellOf(walk(sight, operand.$field, at) as Leaf, 'eq');
  if (typeof operand === 'object' && operand !== null && '$now' in operand) {
    const days = Number(/^(-?\d+)d$/.exec(String(operand.$now))![1]);
    const text = new Date(sight.now + days * 86_400_000).toISOString();
    return field.type.name === 'date' ? text.slice(0, 10) : text;
  }
  return field.type.operand(operand, field, { currency: 'EUR' });
}

function hasText({ field, value }: Leaf, op: 'contains' | 'startsWith', operand: unknown): boolean {
  const text = cellOf({ field, value }, 'text');
  if (typeof text !== 'string') return false;
  const part = field.type.textOperand?.(operand, field, { currency: 'EUR' }) ?? fold(String(operand));
  return op === 'contains' ? text.includes(part) : text.startsWith(part);
}

/** The value in the form it is compared in. */
export function cellOf({ field, value }: Pick<Leaf, 'field' | 'value'>, use: 'eq' | 'text' | 'sort'): Cell {
  return value === null ? null : field.type.comparable(value, field, field.type.match?.[use] ?? '');
}

function isOrdered(op: Operator, left: Cell, right: Cell): boolean {
  if (left === null || right === null) return false;
  const sign = compareCells(left, right);
  if (op === 'gt') return sign > 0;
  if (op === 'gte') return sign >= 0;
  return op === 'lt' ? sign < 0 : sign <= 0;
}

/** Texts by their bytes. */
export function compareCells(left: Exclude<Cell, null>, right: Exclude<Cell, null>): number {
  if (typeof left === 'string' && typeof right === 'string')
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  return left < right ? -1 : left > right ? 1 : 0;
}
