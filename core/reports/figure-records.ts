import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { moveRecords } from './move-figures.ts';
import { planReport } from './plan.ts';
import type { Plan, ReportDeps } from './plan.ts';
import { recordDrill } from './record-figures.ts';
import type { FigureRequest } from './request.ts';

/** A page of the records behind one figure. */
export interface FigureRecords {
  readonly entity: string;
  readonly data: readonly RecordData[];
  readonly next: string | null;
  readonly total: number;
  /** Of a stages report: for each record of the page the milliseconds that it brings to the figure. */
  readonly times?: Readonly<Record<string, number>>;
}

const DEFAULT_LIMIT = 50;

/** The records that a figure is made of, newest first: as many as it counts, their values add up to it. NOT_FOUND for no such measure. */
export async function figureRecords(deps: ReportDeps, ctx: Context, request: FigureRequest): Promise<FigureRecords> {
  const { measure: key, row: rowText, limit = DEFAULT_LIMIT, after, ...report } = request;
  const plan = planReport(deps, ctx, report);
  const measure = plan.measures.find((one) => one.key === key);
  if (!measure) throw new CasementError('BAD_REQUEST', `The report "${plan.report.name}" has no figure "${key}".`);
  const row = rowText === undefined ? undefined : readRow(plan, rowText);
  if (!plan.report.moves) {
    const drill = recordDrill(plan, measure, row);
    if (!drill) return { entity: plan.report.entity, data: [], next: null, total: 0 };
    const query = { ...drill, limit, count: 'exact', ...(after === undefined ? {} : { after }) } as const;
    const { data, next, total = 0 } = await deps.records.list(ctx, query);
    return { entity: drill.entity, data, next, total };
  }
  const behind = await moveRecords(deps, ctx, { plan, measure, row });
  return listed(deps, ctx, { entity: plan.report.entity, behind, limit, after });
}

interface Listing {
  readonly entity: string;
  readonly behind: readonly { readonly id: string; readonly time: number | null }[];
  readonly limit: number;
  readonly after: string | undefined;
}

async function listed(
  deps: ReportDeps,
  ctx: Context,
  { entity, behind, limit, after }: Listing,
): Promise<FigureRecords> {
  const sorted = [...behind].sort((a, b) => (a.id < b.id ? 1 : -1));
  const rest = after === undefined ? sorted : sorted.filter(({ id }) => id < after);
  const page = rest.slice(0, limit);
  const { data } = await deps.records.list(ctx, {
    entity,
    filter: { id: { in: page.map(({ id }) => id) } },
    sort: ['-id'],
    limit,
  });
  const times = page.flatMap(({ id, time }) => (time === null ? [] : [[id, time] as const]));
  return {
    entity,
    data,
    next: rest.length > page.length ? (page.at(-1)?.id ?? null) : null,
    total: behind.length,
    ...(times.length > 0 ? { times: Object.fromEntries(times) } : {}),
  };
}

/** Exactly the dimensions of the report as it is grouped. */
function readRow({ dimensions }: Plan, text: string): RecordData {
  const wanted = dimensions.map(({ key }) => key);
  const refusal = new CasementError(
    'BAD_REQUEST',
    `"row" must be an object with the values of ${wanted.join(', ') || 'no dimension'}, as a row of the report gives them.`,
  );
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    throw refusal;
  }
  if (row === null || typeof row !== 'object' || Array.isArray(row)) throw refusal;
  const keys = Object.keys(row);
  if (keys.length !== wanted.length || keys.some((key) => !wanted.includes(key))) throw refusal;
  return row as RecordData;
}
