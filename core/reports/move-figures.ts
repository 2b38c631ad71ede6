import { workingClock } from '../calendar/working-time.ts';
import type { Context } from '../context.ts';
import type { Measure, Model } from '../definitions/model.ts';
import type { Moves } from '../definitions/report-model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { grainStart, startOfDay } from './calendar-range.ts';
import { ratio } from './measure-values.ts';
import { lengthFigure, valueFigure } from './move-measures.ts';
import { baseFilter } from './plan.ts';
import type { Plan, ReportDeps } from './plan.ts';
import { recordsAddress } from './request.ts';
import type { Drill, FigureRow, Figures } from './result.ts';
import { cohort, mergedByRecord, stays } from './stage-stays.ts';
import type { Span, Unit } from './stage-stays.ts';

/** A figure with the records that it opens. */
interface Opened {
  readonly value: Value;
  readonly units: readonly Unit[];
}

interface MoveRow {
  /** Undefined for the totals. */
  readonly dimensions: RecordData | undefined;
  readonly figures: ReadonlyMap<string, Opened>;
}

const MAX_ROWS = 5000;
/** More ids than this do not go into an address. */
const MAX_FILTER = 100;

/** Figures over what the ledger says of stages, of the records this caller may see. */
export async function moveFigures(deps: ReportDeps, ctx: Context, plan: Plan): Promise<Figures> {
  const { rows, totals } = await readMoves(deps, ctx, plan);
  return { rows: rows.map((row) => figureRow(plan, row)), totals: figureRow(plan, totals) };
}

/** The records behind one figure, with the milliseconds of each where time is measured. */
export async function moveRecords(
  deps: ReportDeps,
  ctx: Context,
  of: { readonly plan: Plan; readonly measure: Measure; readonly row: RecordData | undefined },
): Promise<readonly { readonly id: string; readonly time: number | null }[]> {
  const { rows, totals } = await readMoves(deps, ctx, of.plan);
  const { row: asked, plan } = of;
  const keyOf = (dimensions: RecordData) => JSON.stringify(plan.dimensions.map(({ key }) => dimensions[key] ?? null));
  const row = asked ? rows.find(({ dimensions }) => dimensions && keyOf(dimensions) === keyOf(asked)) : totals;
  const isTime = plan.report.moves?.kind === 'stages';
  const units = row?.figures.get(of.measure.key)?.units ?? [];
  return units.map(({ record, time }) => ({ id: record, time: isTime ? time : null }));
}

async function readMoves(
  deps: ReportDeps,
  ctx: Context,
  plan: Plan,
): Promise<{ readonly rows: readonly MoveRow[]; readonly totals: MoveRow }> {
  const { moves } = plan.report;
  if (!moves) throw new Error('The report is not over moves.');
  const units = await readUnits(deps, ctx, { plan, moves });
  const isByStage = plan.dimensions.some(({ of }) => of === 'stage');
  const grouped = new Map<string, { dimensions: RecordData; units: Unit[] }>();
  for (const unit of moves.kind === 'stages' && !isByStage ? mergedByRecord(units) : units) {
    const dimensions = groupOf(plan, moves, unit);
    const key = JSON.stringify(Object.values(dimensions));
    const group = grouped.get(key) ?? { dimensions, units: [] };
    group.units.push(unit);
    grouped.set(key, group);
  }
  if (grouped.size > MAX_ROWS)
    throw new CasementError(
      'VALIDATION',
      `This makes more than ${MAX_ROWS} groups. Group by less, or narrow the filter.`,
    );
  const rows = [...grouped.values()].flatMap((group) => {
    const byStage = moves.kind === 'funnel' && isByStage;
    const stages = byStage ? moves.stages : [undefined];
    return stages.map((stage) => ({
      dimensions: stage === undefined ? group.dimensions : { ...group.dimensions, stage },
      figures: figuresOf(plan, moves, { units: group.units, stage }),
    }));
  });
  const whole = moves.kind === 'stages' ? mergedByRecord(units) : units;
  return {
    rows,
    totals: { dimensions: undefined, figures: figuresOf(plan, moves, { units: whole, stage: undefined }) },
  };
}

async function readUnits(
  deps: ReportDeps,
  ctx: Context,
  { plan, moves }: { readonly plan: Plan; readonly moves: Moves },
): Promise<readonly Unit[]> {
  const { days, organisation, dimensions, measures, report, model } = plan;
  const { zone } = organisation;
  const from = days?.from && startOfDay(days.from, zone);
  const until = days?.until && startOfDay(days.until, zone);
  const fields = moves.kind === 'funnel' ? measures.flatMap(({ field }) => (field === undefined ? [] : [field])) : [];
  const histories = await deps.records.stageHistory(ctx, {
    entity: report.entity,
    filter: baseFilter(plan),
    columns: [...new Set([...dimensions.filter(({ of }) => !of).map(({ key }) => key), ...fields])],
    during: { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) },
  });
  const now = ctx.clock.now();
  const during: Span = {
    from: from === undefined ? -Infinity : Date.parse(from),
    until: until === undefined ? Infinity : Date.parse(until),
  };
  const { pipeline, stages } = moves;
  if (moves.kind === 'funnel') return cohort(histories, { pipeline, stages, during });
  const first = histories.reduce((least, { moves: [move] }) => Math.min(least, move?.at ?? now), now);
  const between = clockOf(plan, moves, { from: first, until: now });
  const goals = new Map(
    (model.pipelines.get(pipeline)?.stages ?? []).flatMap(({ key, goal }) =>
      goal === undefined ? [] : [[key, goal] as const],
    ),
  );
  return stays(histories, { pipeline, stages, during, now, between, goals });
}

/** Working time of the calendar named, else the organisation's, else the only one; in plain time where there is none. */
function clockOf(plan: Plan, moves: Moves, span: Span): (from: number, to: number) => number {
  const calendar = moves.time === 'working' ? calendarOf(plan, moves) : undefined;
  if (!calendar) return (from, to) => to - from;
  const worked = workingClock({ calendar, zone: calendar.zone ?? plan.organisation.zone }, span.from, span.until);
  return (from, to) => worked(to) - worked(from);
}

function calendarOf({ model, organisation }: Plan, { calendar }: Moves): ReturnType<Model['calendars']['get']> {
  const name = calendar ?? organisation.calendar;
  if (name !== null) return model.calendars.get(name);
  return model.calendars.size === 1 ? [...model.calendars.values()][0] : undefined;
}

/** The row a unit belongs to. Of a funnel by stages it belongs to a row for each stage, which is put in later. */
function groupOf({ dimensions, organisation }: Plan, { kind }: Moves, unit: Unit): RecordData {
  const pairs = dimensions.map(({ key, of, grain = 'day' }): readonly [string, Value] => {
    if (of === 'entered') return [key, grainStart(unit.entered, grain, organisation.zone)];
    if (of === 'stage') return [key, kind === 'funnel' ? null : ([...unit.stages][0] ?? null)];
    return [key, unit.values[key] ?? null];
  });
  return Object.fromEntries(pairs);
}

interface Group {
  readonly units: readonly Unit[];
  /** Of a funnel by stages. */
  readonly stage: string | undefined;
}

function figuresOf(plan: Plan, moves: Moves, group: Group): ReadonlyMap<string, Opened> {
  const figures = new Map<string, Opened>();
  for (const measure of plan.measures) {
    if (!measure.of) figures.set(measure.key, figureOf(plan, moves, { measure, group }));
  }
  for (const { key, of, aggregate } of plan.measures) {
    const [one, other] = [figures.get(of?.[0] ?? ''), figures.get(of?.[1] ?? '')];
    if (!one || !other) continue;
    const isRatio = aggregate === 'ratio';
    const value = isRatio ? ratio(one.value, other.value) : Number(one.value) - Number(other.value);
    figures.set(key, { value, units: (isRatio ? other : one).units });
  }
  return figures;
}

function figureOf(
  plan: Plan,
  moves: Moves,
  { measure, group }: { readonly measure: Measure; readonly group: Group },
): Opened {
  if (measure.aggregate === 'conversion') return conversionOf(moves, measure, group);
  const units = group.units
    .filter(({ stages }) => [group.stage, measure.stage].every((stage) => stage === undefined || stages.has(stage)))
    .filter(({ isOpen, isLate }) => measure.only === undefined || (measure.only === 'open' ? isOpen : isLate));
  if (measure.aggregate === 'count') return { value: units.length, units };
  if (moves.kind === 'stages')
    return {
      value: lengthFigure(
        measure.aggregate,
        units.map(({ time }) => time),
      ),
      units,
    };
  const field = plan.model.entity(plan.report.entity).fields.get(measure.field ?? '');
  const values = units.map((unit) => unit.values[measure.field ?? ''] ?? null);
  return { value: valueFigure(measure, field, { values, currency: plan.organisation.currency }), units };
}

/** Of those who entered the first stage, or the one before, how many reached this one; without rows by stage: the last. It opens the whole. */
function conversionOf(moves: Moves, measure: Measure, { units, stage }: Group): Opened {
  const reached = (key: string | undefined) => units.filter(({ stages }) => key === undefined || stages.has(key));
  const at = stage ?? measure.stage ?? moves.stages.at(-1);
  const before = moves.stages[Math.max(0, moves.stages.indexOf(at ?? '') - 1)];
  const whole = reached(measure.from === 'previous' && stage !== undefined ? before : moves.stages[0]);
  const part = whole.filter(({ stages }) => at === undefined || stages.has(at));
  // All rows together have no stage before.
  if (measure.from === 'previous' && stage === undefined) return { value: null, units: whole };
  return { value: ratio(part.length, whole.length), units: whole };
}

function figureRow(plan: Plan, { dimensions, figures }: MoveRow): FigureRow {
  const measures = plan.measures.map(({ key }) => [key, figures.get(key)?.value ?? null] as const);
  const drill = plan.measures.map(({ key }) => [key, drillOf(plan, key, { dimensions, figures })] as const);
  return {
    dimensions: dimensions ?? {},
    measures: Object.fromEntries(measures),
    drill: Object.fromEntries(drill),
  };
}

function drillOf({ report, request }: Plan, measure: string, { dimensions, figures }: MoveRow): Drill {
  const ids = (figures.get(measure)?.units ?? []).map(({ record }) => record);
  return {
    entity: report.entity,
    ...(ids.length <= MAX_FILTER ? { filter: { id: { in: ids } } } : {}),
    records: recordsAddress(request, { measure, ...(dimensions ? { row: dimensions } : {}) }),
  };
}
