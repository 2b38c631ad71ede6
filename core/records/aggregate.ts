import { accessOf } from '../access/access.ts';
import type { Access } from '../access/access.ts';
import { all } from '../rules/condition-tools.ts';
import type { Context } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { aggregateRows } from '../storage/aggregate.ts';
import type { AggregateMeasure, Grouping } from '../storage/query.ts';
import { conditionEnv } from './environment.ts';
import { sharingReaderOf } from './read.ts';
import type { ReadDeps } from './read.ts';
import { callerFilter, callerPath } from './resolve-query.ts';
import type { AggregateQuery } from './types.ts';

const GRAINS = ['day', 'week', 'month', 'quarter', 'year'] as const;
const MAX_GROUPS = 5000;
const MAX_DIMENSIONS = 5;
const MAX_MEASURES = 20;

/** Grouped figures under the caller's rights; a hidden field can neither be grouped by nor summed. */
export async function aggregate(deps: ReadDeps, ctx: Context, query: AggregateQuery): Promise<readonly RecordData[]> {
  const model = deps.model();
  const entity = model.entity(query.entity);
  const access = accessOf(model, ctx.principal);
  if (!access.can(entity.name, 'read')) throw new CasementError('FORBIDDEN', `You may not read ${entity.name}.`);
  if (query.measures.length === 0)
    throw new CasementError('BAD_REQUEST', 'At least one measure is needed, such as count or sum(total).');
  if (query.group.length > MAX_DIMENSIONS || query.measures.length > MAX_MEASURES) {
    throw new CasementError('BAD_REQUEST', `At most ${MAX_DIMENSIONS} groups and ${MAX_MEASURES} measures are taken.`);
  }
  const { zone } = deps.organisation();
  const where = all(callerFilter(access, entity, query.filter), access.rows(entity.name, 'read'));
  const rows = await aggregateRows(
    sharingReaderOf(deps, ctx),
    {
      entity,
      where,
      group: query.group.map((name) => grouping(access, entity, { name, zone })),
      measures: query.measures.map((name) => measure(access, entity, name)),
      deleted: 'no',
      env: conditionEnv(ctx, deps.organisation()),
      limit: MAX_GROUPS + 1,
    },
    deps.db.dialect,
  );
  if (rows.length <= MAX_GROUPS) return rows;
  throw new CasementError(
    'VALIDATION',
    `This makes more than ${MAX_GROUPS} groups. Group by less, by a longer period, or narrow the filter.`,
  );
}

/** A caller's `field` or `field:grain`, guarded. */
export function grouping(access: Access, entity: Entity, of: { name: string; zone: string }): Grouping {
  const [path = '', grain] = of.name.split(':');
  const known = GRAINS.find((candidate) => candidate === grain);
  if (grain !== undefined && !known) {
    throw new CasementError('BAD_REQUEST', `"${grain}" is no time grain; take one of ${GRAINS.join(', ')}.`);
  }
  return { path: callerPath(access, entity, path), name: of.name, zone: of.zone, ...(known ? { grain: known } : {}) };
}

const MEASURE = /^(sum|avg|min|max)\(([a-zA-Z0-9]+)\)$/;

function measure(access: Access, entity: Entity, name: string): AggregateMeasure {
  if (name === 'count') return { name, aggregate: 'count' };
  const [, kind, key = ''] = MEASURE.exec(name) ?? [];
  if (!kind)
    throw new CasementError(
      'BAD_REQUEST',
      `"${name}" is no measure; take count, sum(field), avg(field), min(field) or max(field).`,
    );
  const path = callerPath(access, entity, key);
  const field = entity.fields.get(path.field.key)!;
  return {
    name,
    aggregate: kind as 'sum' | 'avg' | 'min' | 'max',
    field: path.visible ? { field, visible: path.visible } : { field },
  };
}
