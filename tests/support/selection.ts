import { uuidv7 } from 'uuidv7';
import type { Model } from '../../core/definitions/model.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import { ALWAYS } from '../../core/rules/condition.ts';
import { resolveField } from '../../core/rules/condition-path.ts';
import { parseCondition } from '../../core/rules/parse-condition.ts';
import { applyPlan, planSchema } from '../../core/storage/plan.ts';
import type { ConditionEnv, Projection, Selection } from '../../core/storage/query.ts';
import type { TestDatabase } from './databases.ts';

/** The instant of every record made by `stamped`. */
export const AT = '2026-03-29T00:59:59.999Z';

/** Nobody in particular asks, at noon of 1 June 2026. */
export const ENV: ConditionEnv = {
  me: null,
  teamMates: [],
  now: Date.parse('2026-06-01T12:00:00Z'),
  parse: { currency: 'EUR', country: 'EE' },
};

/** A record in canonical form with everything the write adds. */
export function stamped(values: RecordData = {}): RecordData & { id: string } {
  return {
    ...values,
    id: uuidv7(),
    version: 1,
    createdAt: AT,
    updatedAt: AT,
    createdBy: null,
    updatedBy: null,
    deletedAt: null,
  };
}

/** A fresh database with the tables of a model. */
export async function prepared(open: () => Promise<TestDatabase>, model: Model): Promise<TestDatabase> {
  const test = await open();
  await applyPlan(test.db, await planSchema(test.db, model));
  return test;
}

/** Every field, or those named. */
export function projectionOf(model: Model, entity: string, keys?: readonly string[]): Projection {
  const found = model.entity(entity);
  const fields = [...found.fields.values()].filter((field) => !keys || keys.includes(field.key));
  return { entity: found, fields: fields.map((field) => ({ field })), references: new Map(), lists: new Map() };
}

export interface SelectionSketch extends Partial<Selection> {
  readonly filter?: unknown;
  readonly order?: readonly string[];
  readonly keys?: readonly string[];
}

/** A selection as `records` would hand it over, from a filter and a sort as the API takes them. */
export function selectionOf(model: Model, entity: string, rest: SelectionSketch = {}): Selection {
  const { filter, order = ['id'], keys, ...others } = rest;
  const sort = order.map((key) => ({
    path: resolveField(key.replace(/^-/, ''), entity, model),
    descending: key.startsWith('-'),
  }));
  return {
    projection: projectionOf(model, entity, keys),
    where: filter === undefined ? ALWAYS : parseCondition(filter, entity, model),
    sort,
    limit: 1000,
    deleted: 'no',
    env: ENV,
    ...others,
  };
}
