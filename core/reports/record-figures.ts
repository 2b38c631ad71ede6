import type { Context } from '../context.ts';
import type { Measure } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { fillParameters } from '../rules/parameters.ts';
import { choiceFilter } from './choices.ts';
import { comparedDays } from './days.ts';
import type { Days } from './days.ts';
import { fieldAt, parseDimension } from './dimension.ts';
import type { Dimension } from './dimension.ts';
import { allOf, daysFilter, dimensionFilter } from './drill-filter.ts';
import type { Filter } from './drill-filter.ts';
import { difference, ratio, zeroOf } from './measure-values.ts';
import { baseFilter } from './plan.ts';
import type { Plan, ReportDeps } from './plan.ts';
import { entityOf } from './readable-measures.ts';
import type { Drill, FigureRow, Figures } from './result.ts';

/** The records that measures of one kind count: of one entity, under one filter, grouped in one way. */
interface Slice {
  readonly entity: string;
  readonly filter: Filter;
  /** For each dimension of the report the one that says the same here. */
  readonly dimensions: readonly Dimension[];
  readonly measures: readonly Measure[];
}

/** Figures over records as they are now: one aggregate per distinct filter of the measures, joined by the values of the dimensions. */
export async function recordFigures(deps: ReportDeps, ctx: Context, plan: Plan): Promise<Figures> {
  const slices = slicesOf(plan);
  const rows = await readRows(deps, ctx, { plan, slices, isGrouped: true });
  const [totals] = await readRows(deps, ctx, { plan, slices, isGrouped: false });
  return { rows, totals: totals ?? rowOf({ plan, slices, isGrouped: false }, {}, new Map()) };
}

/** The records behind one figure. */
export function recordDrill(plan: Plan, measure: Measure, row: RecordData | undefined): Drill | undefined {
  return drillsOf({ plan, slices: slicesOf(plan), isGrouped: row !== undefined }, row ?? {})[measure.key];
}

/** Measures with the same filter are read together. What compares with a time that is not known is in no slice. */
function slicesOf(plan: Plan): readonly Slice[] {
  const slices = new Map<string, Slice>();
  for (const measure of plan.measures) {
    if (measure.of) continue;
    if (measure.compare !== undefined && !daysOf(plan, measure)) continue;
    const entity = entityOf(plan.report, measure);
    const filter = measureFilter(plan, measure);
    const key = JSON.stringify([entity, filter, measure.beside?.by ?? null]);
    const known = slices.get(key);
    const dimensions = known?.dimensions ?? sliceDimensions(plan, measure);
    slices.set(key, { entity, filter, dimensions, measures: [...(known?.measures ?? []), measure] });
  }
  return [...slices.values()];
}

function sliceDimensions({ model, dimensions }: Plan, { beside }: Measure): readonly Dimension[] {
  if (!beside) return dimensions;
  return dimensions.map(({ key }) => parseDimension(model, beside.entity, beside.by[key] ?? key));
}

function daysOf({ days }: Plan, { compare }: Pick<Measure, 'compare'>): Days | undefined {
  return compare === undefined ? days : comparedDays(days, compare);
}

/** The records that a measure counts, in all rows together. */
export function measureFilter(plan: Plan, measure: Pick<Measure, 'beside' | 'compare' | 'filter'>): Filter {
  const { model, report, choices } = plan;
  const { beside } = measure;
  const days = daysOf(plan, measure);
  const own = fillParameters(measure.filter, choices.values) as Filter | undefined;
  if (!beside) return allOf([baseFilter(plan), timeFilter(plan, report.entity, { date: report.period, days }), own]);
  const chosen = choices.chosen.map(({ field, texts }) =>
    choiceFilter(model, beside.entity, { field: beside.by[field] ?? field, texts }),
  );
  return allOf([...chosen, timeFilter(plan, beside.entity, { date: beside.date, days }), own]);
}

function timeFilter(
  { model, organisation }: Plan,
  entity: string,
  { date, days }: { readonly date: string | undefined; readonly days: Days | undefined },
): Filter | undefined {
  const field = date === undefined ? undefined : fieldAt(model, entity, date);
  if (date === undefined || !field || !days || (!days.from && !days.until)) return undefined;
  return { [date]: daysFilter(field, days, organisation.zone) };
}

interface Reading {
  readonly plan: Plan;
  readonly slices: readonly Slice[];
  readonly isGrouped: boolean;
}

async function readRows(deps: ReportDeps, ctx: Context, reading: Reading): Promise<readonly FigureRow[]> {
  const { plan, slices, isGrouped } = reading;
  const joined = new Map<string, { dimensions: Record<string, Value>; raw: Map<string, Value> }>();
  for (const { entity, filter, measures, dimensions: own } of slices) {
    const found = await deps.records.aggregate(ctx, {
      entity,
      filter,
      group: isGrouped ? own.map(({ key }) => key) : [],
      measures: [...new Set(measures.map(nameOf))],
    });
    for (const row of found) {
      const pairs = plan.dimensions.map(({ key }, index) => [key, row[own[index]?.key ?? ''] ?? null] as const);
      const dimensions = isGrouped ? Object.fromEntries(pairs) : {};
      const id = JSON.stringify(Object.values(dimensions));
      const entry = joined.get(id) ?? { dimensions, raw: new Map<string, Value>() };
      for (const measure of measures) entry.raw.set(measure.key, row[nameOf(measure)] ?? null);
      joined.set(id, entry);
    }
  }
  return [...joined.values()].map(({ dimensions, raw }) => rowOf(reading, dimensions, raw));
}

function nameOf({ aggregate, field }: Measure): string {
  return aggregate === 'count' ? 'count' : `${aggregate}(${field})`;
}

/** What no record stands behind is zero for counts and sums, null for the rest, and for a time that is not known. */
function rowOf(reading: Reading, dimensions: RecordData, raw: ReadonlyMap<string, Value>): FigureRow {
  const { plan, slices } = reading;
  const values: Record<string, Value> = {};
  for (const { entity, measures } of slices) {
    for (const measure of measures) {
      const field = measure.field === undefined ? undefined : plan.model.entity(entity).fields.get(measure.field);
      values[measure.key] = raw.get(measure.key) ?? zeroOf(measure, field, plan.organisation.currency);
    }
  }
  const measures = plan.measures.map(({ key, of, aggregate }) => {
    if (!of) return [key, values[key] ?? null] as const;
    const combine = aggregate === 'ratio' ? ratio : difference;
    return [key, combine(values[of[0]], values[of[1]])] as const;
  });
  return { dimensions, measures: Object.fromEntries(measures), drill: drillsOf(reading, dimensions) };
}

/** A ratio opens what it is a part of, a difference what is subtracted from. */
function drillsOf({ plan, slices, isGrouped }: Reading, row: RecordData): Record<string, Drill> {
  const zone = plan.organisation.zone;
  const own = new Map<string, Drill>();
  for (const { entity, filter, dimensions, measures } of slices) {
    const conditions = plan.dimensions.map(({ key }, index) =>
      isGrouped && dimensions[index] ? dimensionFilter(dimensions[index], row[key] ?? null, zone) : undefined,
    );
    for (const { key } of measures) own.set(key, { entity, filter: allOf([filter, ...conditions]) });
  }
  const drills = plan.measures.map(({ key, of, aggregate }) => {
    const behind = of ? own.get(aggregate === 'ratio' ? of[1] : of[0]) : own.get(key);
    return [key, behind] as const;
  });
  return Object.fromEntries(drills.filter((pair): pair is readonly [string, Drill] => pair[1] !== undefined));
}
