import type { Clock, Context, Log, Principal, Transaction } from '../../context.ts';
import { asSystem } from '../../context.ts';
import { accessOf } from '../../access/access.ts';
import { CasementError } from '../../errors.ts';
import type { Value } from '../../fields/field-type.ts';
import type { JobRun, Jobs } from '../../jobs/types.ts';
import type { OutputDeps } from '../output/write-output.ts';
import { writeOutput } from '../output/write-output.ts';
import { wordsOf } from '../output/words.ts';
import { groupOf, sendingJob } from './create-templates.ts';
import type { TemplateDeps } from './create-templates.ts';
import { nextSending } from './next-sending.ts';
import { findTemplate, saveTemplate } from './template-rows.ts';
import type { TemplateRow } from './template-rows.ts';

export interface SendingDeps extends Omit<TemplateDeps, 'jobs'>, OutputDeps {
  readonly records: TemplateDeps['records'];
  readonly jobs: Pick<Jobs, 'enqueue' | 'cancel' | 'handle'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The person with his roles of now; FORBIDDEN when he is not active. */
  principalOf(user: string): Promise<Principal>;
  readonly mail: {
    send(message: {
      readonly key: string;
      readonly to: string;
      readonly subject: string;
      readonly text: string;
      readonly attachments: readonly { readonly name: string; readonly type: string; readonly content: Uint8Array }[];
      readonly headers: Readonly<Record<string, string>>;
    }): Promise<unknown>;
  };
}

interface Sending {
  readonly template: string;
  readonly due: number;
  /** The next one is in the queue already. */
  readonly isPlanned: boolean;
}

/** What trying again cannot change: the person, his rights, the report or what it is asked are no more. */
const ENDS: ReadonlySet<string> = new Set(['FORBIDDEN', 'NOT_FOUND', 'BAD_REQUEST', 'VALIDATION']);

/** Takes the jobs that send reports. */
export function handleSendings(deps: SendingDeps): void {
  deps.jobs.handle(
    'report',
    (run) => send(deps, run),
    (tx, payload) => skipSending(deps, tx, readSending(payload)),
  );
}

/**
 * First the next sending is put into the queue, so that none that fails ends the row; then the report is made and sent with the rights of
 * its owner as they are now. A disabled owner, a lost right or a report that is no more stops the schedule, and the template says why.
 */
async function send(deps: SendingDeps, run: JobRun): Promise<void> {
  const sending = readSending(run.job.payload);
  const row = await findTemplate({ all: deps.db.read.bind(deps.db) }, sending.template);
  const isCurrent = row !== undefined && row.schedule !== null && (sending.isPlanned || row.nextAt === sending.due);
  if (!isCurrent) {
    run.log({ message: 'The template has been changed or taken away: nothing is sent.' });
    return run.commit(() => Promise.resolve(), { done: true });
  }
  if (!sending.isPlanned) await planNext(deps, run, sending);
  try {
    const data = await deliver(deps, row, sending);
    run.log({ message: `Sent to ${String(data['to'])}.`, data });
    const ctx = contextOf(deps, await deps.principalOf(row.user), 'en');
    await run.commit(
      (tx) =>
        deps.records.event(asSystem({ ...ctx, tx }, 'report by mail'), {
          entity: 'user',
          id: row.user,
          kind: 'report.sent',
          data,
        }),
      { done: true },
    );
  } catch (error) {
    if (!(error instanceof CasementError) || !ENDS.has(error.code)) throw error;
    run.log({ message: `Stopped: ${error.message}` });
    await run.commit((tx) => stop(deps, tx, { id: row.id, reason: error.message }), { done: true });
  }
}

function readSending(payload: Value): Sending {
  const { template, due, isPlanned } = payload as { template: string; due: number; isPlanned?: boolean };
  return { template, due, isPlanned: isPlanned === true };
}

/** One that was missed while the server stood still comes late, once: the next is counted from now. */
async function planNext(deps: SendingDeps, run: JobRun, { template, due }: Sending): Promise<void> {
  await run.commit((tx) => skipSending(deps, tx, { template, due }), {
    progress: { template, due, isPlanned: true },
  });
}

/** Puts the sending after this one into the queue. */
async function skipSending(
  deps: SendingDeps,
  tx: Transaction,
  { template, due }: Pick<Sending, 'template' | 'due'>,
): Promise<void> {
  const row = await findTemplate(tx, template);
  // Changed while this was looking: the change has put its own into the queue.
  if (!row?.schedule || row.nextAt !== due) return;
  const nextAt = nextSending(row.schedule, deps.organisation().zone, deps.clock.now());
  await saveTemplate(tx, { ...row, nextAt });
  await deps.jobs.enqueue(tx, { ...sendingJob(row, nextAt), isOwnDoing: true });
}

async function stop(
  deps: SendingDeps,
  tx: Transaction,
  of: { readonly id: string; readonly reason: string },
): Promise<void> {
  const row = await findTemplate(tx, of.id);
  if (!row) return;
  await deps.jobs.cancel(tx, groupOf(row.id));
  await saveTemplate(tx, { ...row, nextAt: null, stopped: of.reason.slice(0, 500) });
}

async function deliver(deps: SendingDeps, row: TemplateRow, sending: Sending): Promise<Record<string, Value>> {
  const principal = await deps.principalOf(row.user);
  const person = await deps.records.get(asSystem(contextOf(deps, principal, 'en'), 'report by mail'), {
    entity: 'user',
    id: row.user,
  });
  const { email, language } = person;
  if (typeof email !== 'string') throw new CasementError('VALIDATION', 'Its owner has no e-mail address.');
  const locale = typeof language === 'string' ? language : deps.organisation().language;
  const ctx = contextOf(deps, principal, locale);
  if (!accessOf(deps.model(), principal).operation('reports'))
    throw new CasementError('FORBIDDEN', 'Its owner has no longer the right "reports".');
  const { format, part } = row.schedule ?? { format: 'pdf' };
  const request = { name: row.report, ...row.request };
  const { file, result } = await writeOutput(deps, ctx, { request, output: { format, ...(part ? { part } : {}) } });
  const attachment = { name: file.name, type: file.type, content: await collect(file.body) };
  await deps.mail.send({
    key: `${groupOf(row.id)}/${sending.due}`,
    to: email,
    subject: `${result.title}: ${row.title}`,
    text: wordsOf(locale).mail.replace('{report}', () => result.title),
    attachments: [attachment],
    headers: { 'Auto-Submitted': 'auto-generated' },
  });
  return { report: row.report, template: row.id, format, to: email };
}

function contextOf({ clock, log }: SendingDeps, principal: Principal, locale: string): Context {
  return { principal, door: 'automation', clock, log, locale };
}

async function collect(body: AsyncIterable<string | Uint8Array>): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const piece of body) parts.push(Buffer.from(piece));
  return Buffer.concat(parts);
}
