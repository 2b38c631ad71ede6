import type { Context } from '../context.ts';
import type { Measure, Model, Report } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Organisation } from '../records/environment.ts';
import type { Records } from '../records/types.ts';
import { parseDimension } from './dimension.ts';
import type { Dimension } from './dimension.ts';
import { allOf, dimensionFilter, periodFilter } from './drill-filter.ts';
import type { Filter } from './drill-filter.ts';
import { labelDimensions } from './dimension-labels.ts';
import { ratio, zeroOf } from './measure-values.ts';
import { orderRows } from './row-order.ts';

export interface ReportDeps {
  readonly records: Records;
  readonly model: () => Model;
  readonly organisation: () => Organisation;
}

export interface ReportRequest {
  readonly name: string;
  /** First and last day `YYYY-MM-DD` in the organisation's zone, both included, of the report's `period` field. */
  readonly from?: string;
  readonly to?: string;
  /** Dimensions in place of the report's own: `assignee`, `createdAt:month`, several with commas; empty for the totals alone. */
  readonly group?: string;
}

/** The records behind a number: a filter that the list of the entity takes. */
export interface Drill {
  readonly entity: string;
  readonly filter: Filter;
}

export interface ReportColumn {
  readonly key: string;
  readonly title: string;
  readonly kind: 'dimension' | 'measure';
  readonly aggregate?: string;
  readonly field?: string;
}

export interface ReportRow {
  readonly values: RecordData;
  /** Texts of the dimensions in the caller's language; empty for "none". */
  readonly labels: Readonly<Record<string, string>>;
  readonly drill: Readonly<Record<string, Drill>>;
}

export interface ReportResult {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly columns: readonly ReportColumn[];
  readonly rows: readonly ReportRow[];
  readonly totals: RecordData;
  readonly totalsDrill: Readonly<Record<string, Drill>>;
}

const MAX_DIMENSIONS = 3;

/**
 * The figures of a report over the records this caller may see. Every number comes with the filter that opens its records (a ratio opens
 * what it is a part of). BAD_REQUEST for a wrong period or grouping, NOT_FOUND for an unknown report, FORBIDDEN without read access.
 */
export async function runReport(deps: ReportDeps, ctx: Context, request: ReportRequest): Promise<ReportResult> {
  const plan = planReport(deps, request);
  const { model, report, dimensions } = plan;
  const grouped = await readFigures(deps, ctx, { plan, group: dimensions });
  const [totals] = (await readFigures(deps, ctx, { plan, group: [] })).map((row) => row.measures);
  const labels = await labelDimensions({ ...deps, model }, ctx, {
    dimensions,
    rows: grouped.map((row) => row.dimensions),
  });
  const rows = grouped.map((row, index): ReportRow => {
    const conditions = dimensions.map((dimension) =>
      dimensionFilter(dimension, row.dimensions[dimension.key] ?? null, plan.organisation.zone),
    );
    return {
      values: { ...row.dimensions, ...row.measures },
      labels: labels[index] ?? {},
      drill: drills(plan, conditions),
    };
  });
  const title = (part: string) => model.texts.get(`reports.${report.name}.${part}`, ctx.locale);
  return {
    name: report.name,
    title: title('title'),
    description: title('description'),
    columns: [
      ...dimensions.map((dimension): ReportColumn => ({
        key: dimension.key,
        title: dimension.title(ctx.locale),
        kind: 'dimension',
      })),
      ...report.measures.map((measure) => measureColumn(measure, title(`measures.${measure.key}`))),
    ],
    rows: orderRows(rows, dimensions, report.measures),
    totals: totals ?? measuresOf(plan, new Map()),
    totalsDrill: drills(plan, []),
  };
}

function measureColumn({ key, aggregate, field }: Measure, title: string): ReportColumn {
  return { key, title, kind: 'measure', aggregate, ...(field === undefined ? {} : { field }) };
}

interface Plan {
  readonly model: Model;
  readonly report: Report;
  readonly dimensions: readonly Dimension[];
  /** The report's own filter and the period. */
  readonly base: readonly (Filter | undefined)[];
  readonly organisation: Organisation;
}

function planReport(deps: ReportDeps, request: ReportRequest): Plan {
  const model = deps.model();
  const report = model.reports.get(request.name);
  if (!report) throw new CasementError('NOT_FOUND', `There is no report "${request.name}".`);
  const organisation = deps.organisation();
  const names =
    request.group === undefined ? report.dimensions : request.group.split(',').filter((name) => name !== '');
  if (names.length > MAX_DIMENSIONS || new Set(names).size !== names.length) {
    throw new CasementError('BAD_REQUEST', `A report groups by at most ${MAX_DIMENSIONS} different fields.`);
  }
  const dimensions = names.map((name) => parseDimension(model, report.entity, name));
  const period = periodFilter(model, report, { from: request.from, to: request.to, zone: organisation.zone });
  return { model, report, dimensions, base: [report.filter, period], organisation };
}

interface Figures {
  readonly dimensions: RecordData;
  readonly measures: RecordData;
}

/** One aggregate per distinct filter of the measures; their rows are joined by the values of the dimensions. */
async function readFigures(
  deps: ReportDeps,
  ctx: Context,
  of: { plan: Plan; group: readonly Dimension[] },
): Promise<Figures[]> {
  const { plan, group } = of;
  const byFilter = measuresByFilter(plan.report.measures);
  const joined = new Map<string, { dimensions: Record<string, Value>; raw: Map<string, Value> }>();
  for (const measures of byFilter.values()) {
    const found = await deps.records.aggregate(ctx, {
      entity: plan.report.entity,
      filter: allOf([...plan.base, measures[0]?.filter]),
      group: group.map((dimension) => dimension.key),
      measures: [...new Set(measures.map(nameOf))],
    });
    for (const row of found) {
      const dimensions = Object.fromEntries(group.map(({ key }) => [key, row[key] ?? null]));
      const id = JSON.stringify(Object.values(dimensions));
      const entry = joined.get(id) ?? { dimensions, raw: new Map<string, Value>() };
      for (const measure of measures) entry.raw.set(measure.key, row[nameOf(measure)] ?? null);
      joined.set(id, entry);
    }
  }
  return [...joined.values()].map(({ dimensions, raw }) => ({ dimensions, measures: measuresOf(plan, raw) }));
}

/** Measures with the same filter are read together; a ratio is not read but computed. */
function measuresByFilter(measures: readonly Measure[]): Map<string, Measure[]> {
  const groups = new Map<string, Measure[]>();
  for (const measure of measures) {
    if (measure.aggregate === 'ratio') continue;
    const key = JSON.stringify(measure.filter ?? null);
    groups.set(key, [...(groups.get(key) ?? []), measure]);
  }
  return groups;
}

function nameOf({ aggregate, field }: Measure): string {
  return aggregate === 'count' ? 'count' : `${aggregate}(${field})`;
}

/** Every measure of the report: what no record stands behind is zero for counts and sums, null for the rest. */
function measuresOf(plan: Plan, raw: ReadonlyMap<string, Value>): RecordData {
  const { report, model, organisation } = plan;
  const values: Record<string, Value> = {};
  for (const measure of report.measures) {
    if (measure.aggregate === 'ratio') continue;
    const field = measure.field === undefined ? undefined : model.entity(report.entity).fields.get(measure.field);
    values[measure.key] = raw.get(measure.key) ?? zeroOf(measure, field, organisation.currency);
  }
  return Object.fromEntries(
    report.measures.map((measure) => [
      measure.key,
      measure.of ? ratio(values[measure.of[0]], values[measure.of[1]]) : (values[measure.key] ?? null),
    ]),
  );
}

function drills(plan: Plan, conditions: readonly Filter[]): Record<string, Drill> {
  const { report } = plan;
  const own = new Map(report.measures.map((measure) => [measure.key, measure]));
  return Object.fromEntries(
    report.measures.map((measure) => {
      const counted = measure.of ? own.get(measure.of[1]) : measure;
      return [measure.key, { entity: report.entity, filter: allOf([...plan.base, counted?.filter, ...conditions]) }];
    }),
  );
}
