import type { Context } from '../context.ts';
import { figureRecords } from './figure-records.ts';
import type { FigureRecords } from './figure-records.ts';
import type { ReportDeps } from './plan.ts';
import type { FigureRequest, ReportRequest } from './request.ts';
import type { ReportResult } from './result.ts';
import { runReport } from './run-report.ts';

/** Reports: figures over records and over the ledger, with the records behind each. */
export interface Reports {
  run(ctx: Context, request: ReportRequest): Promise<ReportResult>;
  records(ctx: Context, request: FigureRequest): Promise<FigureRecords>;
}

export function createReports(deps: ReportDeps): Reports {
  return {
    run: (ctx, request) => runReport(deps, ctx, request),
    records: (ctx, request) => figureRecords(deps, ctx, request),
  };
}
