import { asSystem } from '../../context.ts';
import type { Clock, Context, Log, Principal } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import { PermanentJobError } from '../../jobs/permanent-error.ts';
import type { JobHandler } from '../../jobs/types.ts';
import { isGone } from '../../records/types.ts';
import type { Change, Records } from '../../records/types.ts';
import type { Database } from '../../storage/database.ts';
import type { Outbound } from '../outbound-request.ts';
import { signatureHeaders } from '../signature.ts';
import { EndpointWaitsError } from './endpoint-health.ts';
import type { EndpointHealth } from './endpoint-health.ts';
import { noteFailure, noteSuccess, readWebhook, switchOff, WEBHOOKS_TOPIC } from './webhook-rows.ts';
import type { WebhookRow } from './webhook-rows.ts';
import { secretsOf } from './webhook-secret.ts';

export interface DeliveryDeps {
  readonly db: Database;
  readonly records: Records;
  readonly outbound: Outbound;
  readonly health: EndpointHealth;
  /** The server's own secret. */
  readonly secret: string;
  readonly principalOf: (user: string) => Promise<Principal>;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a delivery knows; which values it tells is asked when it leaves. */
export interface DeliveryJob {
  readonly hook: string;
  readonly change: string;
  readonly entity: string;
  readonly record: string;
  readonly kind: string;
  readonly at: string;
}

export const DELIVERY_JOB = 'webhook';
/** At 1 s, 2 s … then hourly: a little more than three days. */
export const DELIVERY_ATTEMPTS = 90;
/** An endpoint that has failed for so long is switched off. */
const PATIENCE = 3 * 86_400_000;

export function deliveryOf(hook: string, change: Change): DeliveryJob {
  const { id, entity, record, kind, at } = change;
  return { hook, change: id, entity, record, kind, at };
}

/** Sends one change to one endpoint. At least once, with the same `webhook-id` at every try; what it tells is what its maker may see now. */
export function deliveryHandler(deps: DeliveryDeps): JobHandler {
  return async (run) => {
    const job = run.job.payload as unknown as DeliveryJob;
    const hook = await readWebhook(deps.db, job.hook);
    if (!hook) return run.log({ message: 'The webhook is gone; nothing was sent.' });
    if (!hook.isOn) throw new PermanentJobError('The webhook is switched off. Switch it on and run this again.');
    const body = await bodyOf(deps, hook, job);
    if (body === null)
      return run.log({ message: 'The maker of the webhook may not see this record; nothing was sent.' });
    try {
      await deps.health.guard(hook.id, deps.clock.now(), () => post(deps, hook, { job, body }));
    } catch (error) {
      if (!(error instanceof EndpointWaitsError)) await failed(deps, hook, error);
      throw error;
    }
    run.log({ message: `${new URL(hook.url).host} took it.` });
    await run.commit(
      async (tx) => {
        if (hook.failingSince !== null) await noteSuccess(tx, hook.id);
      },
      { done: true },
    );
  };
}

async function bodyOf(
  { records, principalOf, clock, log }: DeliveryDeps,
  hook: WebhookRow,
  job: DeliveryJob,
): Promise<string | null> {
  const { entity, record: id, kind, at } = job;
  const principal = await principalOf(hook.user).catch((error: unknown) => {
    if (error instanceof CasementError && error.code === 'FORBIDDEN') return null;
    throw error;
  });
  if (!principal || !records.model().entities.has(entity)) return null;
  const ctx: Context = { principal, door: 'api', clock, log, locale: records.model().languages[0] ?? 'en' };
  const record = await visible(records, ctx, { entity, id });
  if (!record) return null;
  const data: Record<string, Value> = { entity, id, kind, ...(isGone(kind) ? {} : { record }) };
  return JSON.stringify({ type: `${entity}.${kind}`, timestamp: at, data });
}

async function visible(
  records: Records,
  ctx: Context,
  { entity, id }: { entity: string; id: string },
): Promise<RecordData | null> {
  try {
    const { data } = await records.list(ctx, {
      entity,
      filter: { id: { eq: id } },
      sort: ['id'],
      limit: 1,
      deleted: 'with',
    });
    return data[0] ?? null;
  } catch (error) {
    if (error instanceof CasementError && error.code === 'FORBIDDEN') return null;
    throw error;
  }
}

async function post(
  { outbound, secret, clock }: DeliveryDeps,
  hook: WebhookRow,
  { job, body }: { readonly job: DeliveryJob; readonly body: string },
): Promise<void> {
  const now = clock.now();
  const id = `${job.change}.${job.record}`;
  const signed = signatureHeaders(secretsOf(secret, hook, now), { id, at: now, body });
  const headers = { 'Content-Type': 'application/json', ...signed };
  const { status } = await outbound.send({ method: 'POST', url: hook.url, headers, body });
  if (status >= 200 && status < 300) return;
  throw new EndpointRefusedError('UNAVAILABLE', `${new URL(hook.url).host} answered ${status}.`, { extra: { status } });
}

class EndpointRefusedError extends CasementError {}

/** 410 says that nobody is there any more. */
async function failed(deps: DeliveryDeps, hook: WebhookRow, error: unknown): Promise<void> {
  const now = deps.clock.now();
  const message = error instanceof Error ? error.message : String(error);
  const isOver = now - (hook.failingSince ?? now) >= PATIENCE;
  const isGoneForGood = error instanceof EndpointRefusedError && error.extra['status'] === 410;
  if (!isOver && !isGoneForGood) {
    if (hook.failingSince !== null && hook.lastError === message) return;
    await deps.db.transaction((tx) => noteFailure(tx, hook.id, { now, error: message }));
    return;
  }
  await endHook(deps, hook, message);
}

/** Switches it off, and tells its maker. */
async function endHook({ db, records, clock, log }: DeliveryDeps, hook: WebhookRow, message: string): Promise<void> {
  const nobody: Principal = { kind: 'public', id: null, name: 'webhooks', roles: [], teamMates: [] };
  const ctx = asSystem(
    { principal: nobody, door: 'automation' as const, clock, log, locale: 'en' },
    'a webhook that fails',
  );
  const title = `The webhook to ${new URL(hook.url).host} is switched off`;
  await records.transaction(ctx, async (inside) => {
    if (!(await switchOff(inside.tx, hook.id, message))) return;
    const input = { title: title.slice(0, 200), body: message.slice(0, 500), user: hook.user };
    await records.write(inside, { op: 'create', entity: 'notification', input });
    await db.publish(inside.tx, WEBHOOKS_TOPIC, '');
  });
  log.warn({ webhook: hook.id, detail: message }, 'A webhook was switched off');
}
