import { uuidv7 } from 'uuidv7';
import type { Context, Transaction } from '../../context.ts';

import { CasementError, validationError } from '../../errors.ts';
import type { Value } from '../../fields/field-type.ts';
import type { Jobs } from '../../jobs/types.ts';
import type { OtherChange } from '../../records/create-records.ts';
import type { Change } from '../../records/types.ts';
import type { Database } from '../../storage/database.ts';
import { planReport } from '../plan.ts';
import type { ReportDeps } from '../plan.ts';
import type { ReportRequest } from '../request.ts';
import { nextSending } from './next-sending.ts';
import { countTemplates, deleteTemplate, findTemplate, listTemplates, saveTemplate } from './template-rows.ts';
import type { TemplateRow } from './template-rows.ts';
import type { ReportTemplate, TemplateInput } from './types.ts';

export interface TemplateDeps extends ReportDeps {
  readonly db: Database;
  readonly jobs: Pick<Jobs, 'enqueue' | 'cancel'>;
  readonly records: ReportDeps['records'] & {
    recordOther(ctx: Context & { readonly tx: Transaction }, change: OtherChange): Promise<Change>;
  };
}

export interface Templates {
  /** Own ones, and what others share of this report. */
  list(ctx: Context, report: string): Promise<readonly ReportTemplate[]>;
  /** NOT_FOUND for one that is neither his nor shared. */
  get(ctx: Context, place: TemplatePlace): Promise<ReportTemplate>;
  /** The request must be one that he may make: BAD_REQUEST, FORBIDDEN; VALIDATION with too many templates. */
  create(ctx: Context, of: { readonly report: string; readonly input: TemplateInput }): Promise<ReportTemplate>;
  /** Whole. CONFLICT when `version` is not the one of now. */
  replace(
    ctx: Context,
    of: TemplatePlace & { readonly input: TemplateInput; readonly version?: number },
  ): Promise<ReportTemplate>;
  remove(ctx: Context, place: TemplatePlace): Promise<void>;
  /** What it asks for, with what is given in the request in its place. */
  merged(ctx: Context, of: { readonly id: string; readonly request: ReportRequest }): Promise<ReportRequest>;
}

export interface TemplatePlace {
  readonly report: string;
  readonly id: string;
}

const MOST = 200;

/** The settings of reports that people keep. A schedule runs as a job with the rights of its owner as they are then. */
export function createTemplates(deps: TemplateDeps): Templates {
  const { records, db } = deps;
  const reader = { all: db.read.bind(db) };
  const seen = async (ctx: Context, { report, id }: TemplatePlace) => {
    const row = await findTemplate(ctx.tx ?? reader, id);
    if (row?.report === report && (row.isShared || row.user === ctx.principal.id)) return row;
    throw new CasementError('NOT_FOUND', 'There is no such template.');
  };
  const own = async (ctx: Context, place: TemplatePlace) => {
    const row = await seen(ctx, place);
    if (row.user === ctx.principal.id) return row;
    throw new CasementError('FORBIDDEN', 'This template is of somebody else. Make one of your own.');
  };
  return {
    async list(ctx, report) {
      const rows = await listTemplates(ctx.tx ?? reader, { report, user: ctx.principal.id });
      return Promise.all(rows.map((row) => shown(deps, ctx, row)));
    },
    get: async (ctx, place) => shown(deps, ctx, await seen(ctx, place)),
    create: (ctx, { report, input }) =>
      records.transaction(ctx, async (inside) => {
        const user = personOf(ctx, input);
        if ((await countTemplates(inside.tx, user)) >= MOST)
          throw validationError([{ path: '', code: 'maximum', message: `At most ${MOST} templates can be kept.` }]);
        const row = { id: uuidv7(), report, user, version: 1 };
        return shown(deps, ctx, await store(deps, inside, { row, input, before: undefined }));
      }),
    replace: (ctx, { input, version, ...place }) =>
      records.transaction(ctx, async (inside) => {
        const before = await own(inside, place);
        personOf(ctx, input);
        if (version !== undefined && version !== before.version)
          throw new CasementError('CONFLICT', 'The template has been changed meanwhile.', { status: 412 });
        const row = { id: before.id, report: before.report, user: before.user, version: before.version + 1 };
        return shown(deps, ctx, await store(deps, inside, { row, input, before }));
      }),
    remove: (ctx, place) =>
      records.transaction(ctx, async (inside) => {
        const before = await own(inside, place);
        await deps.jobs.cancel(inside.tx, groupOf(before.id));
        await deleteTemplate(inside.tx, before.id);
        await keepTrace(deps, inside, { before, after: undefined });
      }),
    async merged(ctx, { id, request }) {
      const { request: saved } = await seen(ctx, { report: request.name, id });
      const { from, to, period, group, parameters } = request;
      const hasDays = from !== undefined || to !== undefined || period !== undefined;
      return {
        name: request.name,
        ...(hasDays ? { from, to, period } : { from: saved.from, to: saved.to, period: saved.period }),
        group: group ?? saved.group,
        parameters: { ...saved.parameters, ...parameters },
      };
    },
  };
}

export function groupOf(id: string): string {
  return `report/${id}`;
}

/** The job that sends a template at an instant. A changed template has jobs of its own: those of before are cancelled, and their keys are spent. */
export function sendingJob({ id, version }: Pick<TemplateRow, 'id' | 'version'>, due: number) {
  return {
    kind: 'report',
    key: `report/${id}/${version}/${due}`,
    payload: { template: id, due },
    due,
    group: groupOf(id),
  };
}

/** A key has fewer rights than its maker: it must not set up what is then done with all of his. */
function personOf({ principal }: Context, { schedule }: TemplateInput): string {
  if (principal.id === null) throw new CasementError('FORBIDDEN', 'Templates are kept by people. Log in to keep one.');
  if (schedule !== null && principal.kind !== 'user')
    throw new CasementError('FORBIDDEN', 'Only a person who is logged in can have a report sent.');
  return principal.id;
}

interface Storing {
  readonly row: Pick<TemplateRow, 'id' | 'report' | 'user' | 'version'>;
  readonly input: TemplateInput;
  readonly before: TemplateRow | undefined;
}

async function store(
  deps: TemplateDeps,
  ctx: Context & { readonly tx: Transaction },
  { row, input, before }: Storing,
): Promise<TemplateRow> {
  planReport(deps, ctx, { name: row.report, ...input.request });
  const { schedule } = input;
  const nextAt = schedule === null ? null : nextSending(schedule, deps.organisation().zone, ctx.clock.now());
  const after: TemplateRow = { ...row, ...input, nextAt, stopped: null };
  await saveTemplate(ctx.tx, after);
  await deps.jobs.cancel(ctx.tx, groupOf(row.id));
  if (nextAt !== null) await deps.jobs.enqueue(ctx.tx, sendingJob(row, nextAt));
  await keepTrace(deps, ctx, { before, after });
  return after;
}

/** Who kept, changed or took away what, in the ledger. */
async function keepTrace(
  deps: TemplateDeps,
  ctx: Context & { readonly tx: Transaction },
  { before, after }: { readonly before: TemplateRow | undefined; readonly after: TemplateRow | undefined },
): Promise<void> {
  const one = after ?? before;
  if (!one) return;
  const side = (row: TemplateRow | undefined, key: 'title' | 'isShared' | 'request' | 'schedule'): Value =>
    row === undefined ? null : (JSON.parse(JSON.stringify(row[key])) as Value);
  const keys = ['title', 'isShared', 'request', 'schedule'] as const;
  const fields = Object.fromEntries(keys.map((key) => [key, { before: side(before, key), after: side(after, key) }]));
  const kind = !before ? 'created' : after ? 'updated' : 'deleted';
  await deps.records.recordOther(ctx, { subject: '_report', id: one.id, kind, fields, version: one.version });
}

async function shown(deps: TemplateDeps, ctx: Context, row: TemplateRow): Promise<ReportTemplate> {
  const { id, report, title, isShared, request, version, user } = row;
  const isMine = user === ctx.principal.id;
  const { schedule, stopped } = isMine ? row : { schedule: null, stopped: null };
  const nextAt = isMine && row.nextAt !== null ? new Date(row.nextAt).toISOString() : null;
  const owner = isMine ? ctx.principal.name : await nameOf(deps, ctx, user);
  return { id, report, title, isShared, isMine, owner, request, schedule, nextAt, stopped, version };
}

async function nameOf({ records }: TemplateDeps, ctx: Context, user: string): Promise<string> {
  const query = { entity: 'user', filter: { id: user }, fields: ['name'], limit: 1, deleted: 'with' } as const;
  const asked = records.list(ctx, query).catch((error: unknown) => {
    if (error instanceof CasementError && (error.code === 'FORBIDDEN' || error.code === 'BAD_REQUEST'))
      return { data: [] };
    throw error;
  });
  const name = (await asked).data[0]?.['name'];
  return typeof name === 'string' ? name : '';
}
