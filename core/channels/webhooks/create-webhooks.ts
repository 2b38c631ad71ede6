import { uuidv7 } from 'uuidv7';
import { accessOf } from '../../access/access.ts';
import type { Context, Transaction } from '../../context.ts';
import { CasementError, validationError } from '../../errors.ts';
import type { ErrorDetail } from '../../errors.ts';
import type { Jobs } from '../../jobs/types.ts';
import type { ChangeObserver } from '../../records/types.ts';
import type { RecordsService } from '../../records/create-records.ts';
import { checkUrl } from '../outbound-request.ts';
import { DELIVERY_ATTEMPTS, DELIVERY_JOB, deliveryHandler, deliveryOf } from './deliver-webhook.ts';
import type { DeliveryDeps } from './deliver-webhook.ts';
import { createEndpointHealth } from './endpoint-health.ts';
import {
  deleteWebhook,
  insertWebhook,
  readWebhook,
  readWebhooks,
  updateWebhook,
  WEBHOOKS_TOPIC,
} from './webhook-rows.ts';
import type { WebhookRow } from './webhook-rows.ts';
import { secretsOf } from './webhook-secret.ts';

/** A webhook as administrators see it. Its secret is told when it is made or exchanged. */
export interface WebhookInfo {
  readonly id: string;
  readonly url: string;
  readonly entities: readonly string[];
  readonly kinds: readonly string[];
  readonly user: string;
  readonly state: 'on' | 'failing' | 'off';
  readonly failingSince: string | null;
  readonly lastError: string | null;
  readonly createdAt: string;
}

export interface WebhookInput {
  readonly url?: string;
  readonly entities?: readonly string[];
  readonly kinds?: readonly string[];
  readonly isOn?: boolean;
}

/** Changes told to other programs. Who may manage them is checked by the door. */
export interface Webhooks {
  list(): Promise<readonly WebhookInfo[]>;
  /** It tells what its maker may see, as long as he may. VALIDATION. */
  create(ctx: Context, input: WebhookInput): Promise<WebhookInfo & { readonly secret: string }>;
  /** Whoever changes it becomes its maker. With another address comes another secret. NOT_FOUND. */
  update(ctx: Context, id: string, input: WebhookInput): Promise<WebhookInfo & { readonly secret?: string }>;
  /** Another secret; the one of now signs for another day, too. NOT_FOUND. */
  rotate(ctx: Context, id: string): Promise<WebhookInfo & { readonly secret: string }>;
  remove(ctx: Context, id: string): Promise<void>;
  /** Reads which there are; to be awaited before changes are written. */
  open(): Promise<void>;
  close(): void;
}

export interface WebhooksDeps extends Omit<DeliveryDeps, 'health'> {
  readonly records: RecordsService;
  readonly jobs: Pick<Jobs, 'handle' | 'enqueue'>;
}

const MOST = 100;

export function createWebhooks(deps: WebhooksDeps): Webhooks {
  const { db, records, jobs, clock } = deps;
  const health = createEndpointHealth();
  let hooks: readonly WebhookRow[] = [];
  const load = async () => void (hooks = await readWebhooks(db));
  const stop = db.subscribe(WEBHOOKS_TOPIC, () => {
    load().catch((error: unknown) => deps.log.error({ err: error }, 'The webhooks could not be read'));
  });
  records.observe(observer(deps, () => hooks));
  jobs.handle(DELIVERY_JOB, deliveryHandler({ ...deps, health }));
  const change = async (ctx: Context, work: (tx: Transaction) => Promise<unknown>) => {
    await records.transaction(ctx, async (inside) => {
      await work(inside.tx);
      await db.publish(inside.tx, WEBHOOKS_TOPIC, '');
    });
    await load();
  };
  const told = (row: WebhookRow) => ({ ...infoOf(row), secret: secretsOf(deps.secret, row, clock.now())[0] ?? '' });
  const put = async (ctx: Context, row: WebhookRow) => {
    await change(ctx, async (tx) => {
      if (!(await updateWebhook(tx, row))) throw notFound();
    });
    health.forget(row.id);
  };

  return {
    list: async () => (await readWebhooks(db)).map(infoOf),
    async create(ctx, input) {
      const row = newRow(deps, ctx, input);
      if ((await readWebhooks(db)).length >= MOST)
        throw new CasementError('CONFLICT', `There are ${MOST} webhooks. Remove one first.`);
      await change(ctx, (tx) => insertWebhook(tx, row));
      return told(row);
    },
    async update(ctx, id, input) {
      const present = await find(deps, id);
      const row = changedRow(deps, ctx, { present, input });
      await put(ctx, row);
      return row.url === present.url ? infoOf(row) : told(row);
    },
    async rotate(ctx, id) {
      const present = await find(deps, id);
      const row = { ...present, generation: present.generation + 1, rotatedAt: clock.now() };
      await put(ctx, row);
      return told(row);
    },
    remove: (ctx, id) =>
      change(ctx, async (tx) => {
        if (!(await deleteWebhook(tx, id))) throw notFound();
      }),
    open: load,
    close: stop,
  };
}

/** A delivery for each webhook that wants the change, in its transaction. First data, and history that is carried over, is no news. */
function observer({ jobs }: WebhooksDeps, hooks: () => readonly WebhookRow[]): ChangeObserver {
  return async (tx, change) => {
    if (change.door === 'seed' || change.isQuiet === true) return;
    for (const hook of hooks()) {
      if (!hook.isOn || !wants(hook.entities, change.entity) || !wants(hook.kinds, change.kind)) continue;
      await jobs.enqueue(tx, {
        kind: DELIVERY_JOB,
        key: `${DELIVERY_JOB}:${hook.id}:${change.id}:${change.record}`,
        payload: { ...deliveryOf(hook.id, change) },
        attempts: DELIVERY_ATTEMPTS,
      });
    }
  };
}

function wants(list: readonly string[], value: string): boolean {
  return list.length === 0 || list.includes(value);
}

function newRow(deps: WebhooksDeps, ctx: Context, input: WebhookInput): WebhookRow {
  const now = deps.clock.now();
  const empty = { id: uuidv7(), url: '', entities: [], kinds: [], generation: 1, rotatedAt: now, isOn: true };
  const present = { ...empty, user: '', failingSince: null, lastError: null, createdAt: now };
  return changedRow(deps, ctx, { present, input: { ...input, url: input.url ?? '' } });
}

function changedRow(
  { records }: WebhooksDeps,
  { principal }: Context,
  { present, input }: { readonly present: WebhookRow; readonly input: WebhookInput },
): WebhookRow {
  if (principal.kind !== 'user' || principal.id === null)
    throw new CasementError('FORBIDDEN', 'A webhook tells what its maker may see, so a person has to make it.');
  const entities = input.entities ?? present.entities;
  const kinds = input.kinds ?? present.kinds;
  const access = accessOf(records.model(), principal);
  const errors: ErrorDetail[] = entities
    .filter((entity) => !records.model().entities.has(entity) || !access.can(entity, 'read'))
    .map((entity) => ({ path: '/entities', code: 'option', message: `There is no entity "${entity.slice(0, 60)}".` }));
  if (kinds.some((kind) => !/^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)?$/.test(kind)))
    errors.push({
      path: '/kinds',
      code: 'format',
      message: 'A kind is created, updated, moved, deleted, restored, merged or an event such as call.missed.',
    });
  if (errors.length > 0) throw validationError(errors);
  const url = input.url === undefined ? present.url : checkUrl(input.url).href;
  const isOn = input.isOn ?? present.isOn;
  const isAnew = isOn && (!present.isOn || url !== present.url);
  return {
    ...present,
    url,
    entities,
    kinds,
    isOn,
    user: principal.id,
    ...(isAnew ? { failingSince: null, lastError: null } : {}),
  };
}

async function find({ db }: WebhooksDeps, id: string): Promise<WebhookRow> {
  const row = await readWebhook(db, id);
  if (!row) throw notFound();
  return row;
}

function notFound(): CasementError {
  return new CasementError('NOT_FOUND', 'There is no such webhook.');
}

function infoOf(row: WebhookRow): WebhookInfo {
  const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  const { id, url, entities, kinds, user, lastError } = row;
  const state = !row.isOn ? 'off' : row.failingSince === null ? 'on' : 'failing';
  const createdAt = new Date(row.createdAt).toISOString();
  return { id, url, entities, kinds, user, state, failingSince: iso(row.failingSince), lastError, createdAt };
}
