import { Big } from 'big.js';
import type { Context } from '../context.ts';
import type { Measure } from '../definitions/model.ts';
import { chosenParameters } from './chosen-parameters.ts';
import { readDetails } from './details.ts';
import { labelDimensions } from './dimension-labels.ts';
import { moveFigures } from './move-figures.ts';
import { planReport } from './plan.ts';
import type { Plan, ReportDeps } from './plan.ts';
import { recordFigures } from './record-figures.ts';
import type { ReportRequest } from './request.ts';
import type { FigureRow, ReportColumn, ReportResult, ReportRow } from './result.ts';
import { orderRows } from './row-order.ts';
import { textOf } from './value-text.ts';

/** Records below the figures on a screen. */
const DETAILS = 200;

/**
 * The figures of a report over the records this caller may see. Every number comes with what opens its records (a ratio opens what it is a
 * part of). BAD_REQUEST for a wrong period, parameter or grouping, NOT_FOUND for an unknown report, FORBIDDEN without read access.
 */
export async function runReport(
  deps: ReportDeps,
  ctx: Context,
  request: ReportRequest,
  options: { readonly details?: number } = {},
): Promise<ReportResult> {
  const plan = planReport(deps, ctx, request);
  const { model, report, dimensions, measures, days } = plan;
  const figures = await (report.moves ? moveFigures(deps, ctx, plan) : recordFigures(deps, ctx, plan));
  const labels = await labelDimensions({ ...deps, model }, ctx, {
    dimensions,
    rows: figures.rows.map((row) => row.dimensions),
  });
  const rows = figures.rows.map((row, index) => reportRow(plan, ctx, { row, labels: labels[index] ?? {} }));
  const details = await readDetails(deps, ctx, { plan, limit: options.details ?? DETAILS });
  return {
    name: report.name,
    title: textIn(plan, ctx, 'title'),
    description: textIn(plan, ctx, 'description'),
    period: {
      from: days?.from?.toString() ?? null,
      to: days?.until?.subtract({ days: 1 }).toString() ?? null,
    },
    parameters: await chosenParameters(deps, ctx, plan),
    columns: columnsOf(plan, ctx),
    rows: orderRows(rows, dimensions, measures),
    totals: figures.totals.measures,
    totalsDrill: figures.totals.drill,
    ...(details ? { details } : {}),
  };
}

function textIn({ model, report }: Plan, ctx: Context, part: string): string {
  return model.texts.get(`reports.${report.name}.${part}`, ctx.locale);
}

function columnsOf(plan: Plan, ctx: Context): readonly ReportColumn[] {
  const { dimensions, measures, report } = plan;
  return [
    ...dimensions.map(({ key, title }): ReportColumn => ({ key, title: title(ctx.locale), kind: 'dimension' })),
    ...(report.classes && measures.some(({ key }) => key === report.classes?.of)
      ? [{ key: 'class', title: textIn(plan, ctx, 'class'), kind: 'dimension' } as const]
      : []),
    ...measures.map((measure) => measureColumn(plan, measure, textIn(plan, ctx, `measures.${measure.key}`))),
  ];
}

function measureColumn({ report, measures }: Plan, measure: Measure, title: string): ReportColumn {
  const { key, aggregate } = measure;
  // A difference is written as what it is made of.
  const measured = aggregate === 'difference' ? measures.find((one) => one.key === measure.of?.[0]) : measure;
  const isTime = report.moves?.kind === 'stages' && measured?.field === 'time';
  const { field, beside } = measured ?? {};
  return {
    key,
    title,
    kind: 'measure',
    aggregate: aggregate === 'conversion' ? 'ratio' : aggregate,
    ...(isTime ? { unit: 'ms' } : field === undefined ? {} : { field }),
    ...(beside ? { entity: beside.entity } : {}),
  };
}

function reportRow(
  plan: Plan,
  ctx: Context,
  { row, labels }: { readonly row: FigureRow; readonly labels: Readonly<Record<string, string>> },
): ReportRow {
  const { dimensions, measures, drill } = row;
  const band = classOf(plan, row);
  if (band === undefined) return { values: { ...dimensions, ...measures }, labels, drill };
  return {
    values: { ...dimensions, class: band, ...measures },
    labels: { ...labels, class: textIn(plan, ctx, `bands.${band}`) },
    drill,
  };
}

/** The first class whose bound the figure reaches; undefined where there are no classes, or no figure the caller may read. */
function classOf({ report, measures, choices }: Plan, row: FigureRow): string | undefined {
  const { classes } = report;
  if (!classes || !measures.some(({ key }) => key === classes.of)) return undefined;
  const figure = new Big(textOf(row.measures[classes.of] ?? 0));
  return classes.bands.find(({ from }) => from === undefined || figure.gte(textOf(choices.values.get(from) ?? from)))
    ?.key;
}
