import type { Context } from '../context.ts';
import { figureRecords } from './figure-records.ts';
import type { FigureRecords } from './figure-records.ts';
import { writeOutput } from './output/write-output.ts';
import type { OutputRequest, ReportFile } from './output/write-output.ts';
import type { FigureRequest, ReportRequest } from './request.ts';
import type { ReportResult } from './result.ts';
import { runReport } from './run-report.ts';
import { createTemplates } from './templates/create-templates.ts';
import type { Templates } from './templates/create-templates.ts';
import { handleSendings } from './templates/send-template.ts';
import type { SendingDeps } from './templates/send-template.ts';

/** Reports: figures over records and over the ledger, with the records behind each, on screen, as files, by mail. */
export interface Reports {
  run(ctx: Context, request: ReportRequest): Promise<ReportResult>;
  records(ctx: Context, request: FigureRequest): Promise<FigureRecords>;
  /** Stands in the ledger, at the user's record, before the first byte leaves. */
  export(ctx: Context, of: { readonly request: ReportRequest; readonly output: OutputRequest }): Promise<ReportFile>;
  readonly templates: Templates;
}

/** Also takes the jobs that send reports by mail. */
export function createReports(deps: SendingDeps): Reports {
  handleSendings(deps);
  return {
    run: (ctx, request) => runReport(deps, ctx, request),
    records: (ctx, request) => figureRecords(deps, ctx, request),
    async export(ctx, of) {
      const { file } = await writeOutput(deps, ctx, of);
      await keepTrace(deps, ctx, of);
      return file;
    },
    templates: createTemplates(deps),
  };
}

/** Who took what away: at the record of the user, of a command at that of the organisation. */
async function keepTrace(
  deps: SendingDeps,
  ctx: Context,
  { request, output }: { readonly request: ReportRequest; readonly output: OutputRequest },
): Promise<void> {
  const { name, parameters = {}, ...asked } = request;
  const data = {
    report: name,
    format: output.format,
    part: output.part ?? null,
    parameters,
    ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined)),
  };
  const user = ctx.principal.id;
  const place = user === null ? { entity: 'organisation', id: deps.organisation().id } : { entity: 'user', id: user };
  if (place.id === null)
    return deps.log.warn({ export: data }, 'A report left without an organisation to keep its trace at');
  await deps.records.event(ctx, { entity: place.entity, id: place.id, kind: 'report.exported', data });
}
