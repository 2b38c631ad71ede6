import type { Entity, Field, Model } from '../../definitions/model.ts';
import { ALWAYS } from '../../rules/condition.ts';
import type { Comparing, FieldChange } from './field-changes.ts';
import { countRows } from './field-changes.ts';
import type { SchemaStep } from './step.ts';

/**
 * What has to be worked out anew: fields whose formula changed, what reads a field whose values change, and the figures of parents above
 * them. Computed fields keep what they once read through a reference, as every write keeps it. Children come before their parents.
 */
export async function deriveSteps(of: Comparing, changes: readonly FieldChange[]): Promise<readonly SchemaStep[]> {
  const { model } = of;
  const steps: SchemaStep[] = [];
  const done = new Set<string>();
  let touched: readonly Field[] = changes
    .filter(({ step, isDerived, field }) => (step?.work && !step.work.reindex) || (isDerived && !field.rollup))
    .map(({ field }) => field);
  let waiting = changes.filter(({ isDerived }) => isDerived).map(({ field }) => field);
  while (waiting.length + touched.length > 0) {
    const dependent = [...waiting, ...touched.flatMap((field) => readersOf(model, field))];
    const fresh = dependent.filter((field) => !done.has(nameOf(field)));
    for (const field of fresh) done.add(nameOf(field));
    for (const [entity, keys] of byEntity(fresh)) steps.push(await deriveStep(of, model.entity(entity), keys));
    touched = fresh;
    waiting = [];
  }
  return steps;
}

function nameOf({ entity, key }: Field): string {
  return `${entity}.${key}`;
}

/** Computed fields of the record and rollups of its parents that look at this field. */
function readersOf(model: Model, field: Field): readonly Field[] {
  const own = [...model.entity(field.entity).fields.values()].filter((other) =>
    other.computed?.reads.includes(field.key),
  );
  const above = [...model.entities.values()].flatMap((parent) =>
    [...parent.fields.values()].filter(
      ({ rollup }) =>
        rollup?.of.entity === field.entity &&
        !rollup.of.link &&
        (rollup.field === field.key || rollup.of.field.key === field.key || rollup.where !== ALWAYS),
    ),
  );
  return [...own, ...above];
}

function byEntity(fields: readonly Field[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { entity, key } of fields) groups.set(entity, [...(groups.get(entity) ?? []), key]);
  return groups;
}

async function deriveStep({ db, renamed }: Comparing, entity: Entity, keys: readonly string[]): Promise<SchemaStep> {
  const isThere = renamed.found.tables.has(entity.name);
  const rows = isThere ? await countRows(db, renamed.tableOf(entity.name)) : 0;
  return {
    kind: 'changeValues',
    table: entity.name,
    sql: [],
    safety: 'safe',
    text: `work out ${keys.map((key) => `${entity.name}.${key}`).join(', ')} anew`,
    rows,
    derive: keys,
  };
}
