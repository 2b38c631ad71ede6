import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { resolvePath } from '../rules/condition-path.ts';
import { labelDimensions } from './dimension-labels.ts';
import { parseDimension } from './dimension.ts';
import type { Dimension } from './dimension.ts';
import type { Filter } from './drill-filter.ts';
import type { Plan, ReportDeps } from './plan.ts';
import { measureFilter } from './record-figures.ts';
import type { Details } from './result.ts';

const PAGE = 1000;

/** The records below the figures, at most `limit`; fields that the caller may not read are left out. */
export async function readDetails(
  deps: ReportDeps,
  ctx: Context,
  { plan, limit }: { readonly plan: Plan; readonly limit: number },
): Promise<Details | undefined> {
  const { report, model } = plan;
  if (!report.details || limit === 0) return undefined;
  const { of } = report.details;
  // Of a figure that he may not read there are no records either.
  if (of !== undefined && !plan.measures.some(({ key }) => key === of)) return undefined;
  const columns = readableColumns(ctx, plan);
  if (columns.length === 0) return undefined;
  const { sort } = report.details;
  const { records, more } = await readAll(deps, ctx, { plan, paths: columns.map(({ path }) => path), sort, limit });
  const rows = records.map((record) =>
    Object.fromEntries(columns.map(({ key, path }) => [key, valueAt(record, path)])),
  );
  const labels = await labelDimensions({ ...deps, model }, ctx, { dimensions: columns, rows });
  return {
    columns: columns.map(({ key, field, title }) => ({ key, title: title(ctx.locale), type: field.type.name })),
    rows: records.map((record, index) => ({
      id: String(record['id']),
      values: rows[index] ?? {},
      labels: labels[index] ?? {},
    })),
    more,
  };
}

function readableColumns(ctx: Context, { model, report }: Plan): readonly Dimension[] {
  const { lookup } = accessOf(model, ctx.principal);
  const isReadable = (path: string) => {
    try {
      return resolvePath(path, report.entity, lookup).kind === 'field';
    } catch {
      return false;
    }
  };
  return (report.details?.fields ?? []).filter(isReadable).map((path) => parseDimension(model, report.entity, path));
}

interface Reading {
  readonly plan: Plan;
  readonly paths: readonly string[];
  readonly sort: readonly string[];
  readonly limit: number;
}

async function readAll(
  deps: ReportDeps,
  ctx: Context,
  { plan, paths, sort, limit }: Reading,
): Promise<{ readonly records: readonly RecordData[]; readonly more: boolean }> {
  const { report } = plan;
  const query = {
    entity: report.entity,
    filter: detailsFilter(plan),
    fields: [...new Set(['id', ...paths])],
    sort,
  };
  const records: RecordData[] = [];
  let after: string | undefined;
  do {
    const page = Math.min(PAGE, limit - records.length);
    const { data, next } = await deps.records.list(ctx, {
      ...query,
      limit: page,
      ...(after === undefined ? {} : { after }),
    });
    records.push(...data);
    after = next ?? undefined;
  } while (after !== undefined && records.length < limit);
  return { records, more: after !== undefined };
}

/** The records of the measure that the details name, else all of the report in its period. */
function detailsFilter(plan: Plan): Filter {
  const { report, measures } = plan;
  const measure = measures.find(({ key }) => key === report.details?.of);
  return measureFilter(plan, measure ?? {});
}

function valueAt(record: RecordData, path: string): Value {
  let value: Value = record;
  for (const key of path.split('.')) {
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return null;
    const at: RecordData = value as RecordData;
    // A step that names the entity of a reference to several: `about.deal.title`.
    if (key in at) value = at[key] ?? null;
    else if (at['entity'] !== key) return null;
  }
  return value;
}
