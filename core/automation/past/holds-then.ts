import type { RecordData, Value } from '../../fields/field-type.ts';
import type { Condition, FieldPath, Hop } from '../../rules/condition.ts';
import { evaluate } from '../../rules/evaluate.ts';
import type { EvaluateEnv } from '../../rules/evaluate.ts';
import { idOf } from '../people.ts';
import { ENTITY } from './world.ts';
import type { World } from './world.ts';

/** Whether a condition held for a record in a world of the past: the twin of the question to the database. */
export function heldThen(
  world: World,
  condition: Condition,
  of: { readonly record: RecordData; readonly env: EvaluateEnv },
): boolean {
  const { record, env } = of;
  switch (condition.kind) {
    case 'constant':
      return condition.value;
    case 'all':
      return condition.of.every((part) => heldThen(world, part, of));
    case 'any':
      return condition.of.some((part) => heldThen(world, part, of));
    case 'not':
      return !heldThen(world, condition.of, of);
    case 'compare':
      return comparedThen(world, condition, of);
    default: {
      const owner = follow(world, condition.hops, record);
      const items = owner === null ? [] : world.listed(condition.list, owner);
      const holds = (item: RecordData) => heldThen(world, condition.of, { record: item, env });
      if (condition.quantifier === 'some') return items.some(holds);
      return condition.quantifier === 'none' ? !items.some(holds) : items.every(holds);
    }
  }
}

function comparedThen(
  world: World,
  condition: Extract<Condition, { kind: 'compare' }>,
  { record, env }: { readonly record: RecordData; readonly env: EvaluateEnv },
): boolean {
  const { path, operand } = condition;
  const here = { ...path, hops: [] };
  const left = valueAt(world, path, record);
  if (operand.kind !== 'field') return evaluate({ ...condition, path: here }, { [path.field.key]: left }, env);
  const right = valueAt(world, operand.path, record);
  // Two fields of one name, of different records: told apart by names that no field has.
  const named = (key: string, of: FieldPath): FieldPath => ({ ...of, hops: [], field: { ...of.field, key } });
  const both = {
    ...condition,
    path: named('#one', path),
    operand: { ...operand, path: named('#other', operand.path) },
  };
  return evaluate(both, { '#one': left, '#other': right }, env);
}

function valueAt(world: World, path: FieldPath, record: RecordData): Value {
  return follow(world, path.hops, record)?.[path.field.key] ?? null;
}

/** The record at the end of the steps; null when one is empty or leads into the bin. */
function follow(world: World, hops: readonly Hop[], record: RecordData): RecordData | null {
  let at: RecordData | null = record;
  for (const hop of hops) {
    const value: Value = at?.[hop.field.key] ?? null;
    const id = idOf(value);
    const next: RecordData | undefined = id === null ? undefined : world.find(hop.entity, id);
    if (!next || (next['deletedAt'] !== null && hop.bin !== true)) return null;
    at = next;
  }
  return at;
}

/** The record with what a rule loads beside it, as texts and expressions read it. */
export function loadedThen(world: World, record: RecordData, load: readonly Loaded[]): RecordData {
  const grown: Record<string, Value> = { ...record };
  delete grown[ENTITY];
  for (const { key, list, targets, inner } of load) {
    if (list) {
      grown[key] = world.listed(list, record).map((item) => loadedThen(world, item, inner));
      continue;
    }
    const id = idOf(record[key]);
    const target = id === null ? undefined : targets.map((entity) => world.find(entity, id)).find((found) => found);
    if (target) grown[key] = { ...entityOf(targets, target), ...loadedThen(world, target, inner) };
  }
  return grown;
}

function entityOf(targets: readonly string[], target: RecordData): RecordData {
  return targets.length > 1 ? { entity: target[ENTITY] ?? null } : {};
}

/** One step of a `load` path. */
export interface Loaded {
  readonly key: string;
  readonly list?: Extract<Condition, { kind: 'related' }>['list'];
  readonly targets: readonly string[];
  readonly inner: readonly Loaded[];
}
