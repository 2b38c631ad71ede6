import type { Clock, Log, Transaction } from '../context.ts';
import { createModelHolder } from '../definitions/model-holder.ts';
import type { ModelHolder } from '../definitions/model-holder.ts';
import type { Model } from '../definitions/model.ts';
import type { OverlayDocument } from '../definitions/overlay.ts';
import { CasementError } from '../errors.ts';
import type { Database } from '../storage/database.ts';
import { applyPlan, planSchema, refuseUnsafe } from '../storage/plan.ts';
import type { SchemaPlan } from '../storage/plan.ts';
import { refuseHalfApplied } from '../storage/plan/journal.ts';
import { findJournal } from './upgrade/apply-plan.ts';
import { createRewrite } from './upgrade/open-rewriter.ts';
import { atTheStartOnly, othersAreHere, renames } from './upgrade/refuse-rename.ts';
import { readEpoch, readModelHash, readOverlay, writeEpoch } from './overlay-rows.ts';
import type { OverlayRow } from './overlay-rows.ts';

/** Reads every file and puts the overlay on top. Throws DefinitionErrors. */
export type LoadModel = (overlay: readonly OverlayDocument[]) => Promise<Model>;

/** What a change of the overlay starts from, and what it leads to. */
export interface Proposal {
  readonly rows: readonly OverlayRow[];
  /** The model now. */
  readonly before: Model;
}

export interface Candidate {
  readonly before: Model;
  readonly after: Model;
  readonly plan: SchemaPlan;
}

/** A change of the overlay. It may be worked out several times, when another one is faster. */
export interface OverlayChange<T> {
  /** The overlay as it shall be; throws when it starts from something else than meant. */
  propose(proposal: Proposal): readonly OverlayDocument[];
  /** Throws when the change is not allowed; `false` = only to see what it would do. */
  judge(candidate: Candidate): boolean;
  /** In the transaction of the exchange. */
  store(tx: Transaction, epoch: number): Promise<T>;
}

/** The model of now, its exchange, and the epoch all processes of one database agree on. */
export interface LiveModel extends ModelHolder {
  /** Reads the files again. Throws DefinitionErrors or CONFLICT; the running model then stays. */
  reload(): Promise<'same' | 'exchanged'>;
  /** Undefined when the change was only looked at. Throws as `reload` does, and what the change itself throws. */
  change<T>(change: OverlayChange<T>): Promise<{ readonly candidate: Candidate; readonly stored?: T }>;
  close(): void;
}

const TOPIC = 'model';
const MOST_ATTEMPTS = 5;

/** Another process changed the model between reading it and changing it. */
class OvertakenError extends Error {}

interface Parts {
  readonly db: Database;
  /** At the start, when nothing else is to be done yet. */
  readonly loadFirst: LoadModel;
  /** While requests are served. */
  readonly load: LoadModel;
  readonly log: Log;
  readonly clock: Clock;
  /** At the start: whether no other server is at this database. */
  isAlone(): Promise<boolean>;
}

/**
 * Loads the model, makes the database fit and stands before every transaction. Throws DefinitionErrors, or CONFLICT when the database needs more
 * than safe steps.
 */
export async function openLiveModel(parts: Parts): Promise<LiveModel> {
  const { db, log } = parts;
  const opened = await again(() => openModel(parts));
  const holder = createModelHolder(opened.model);
  const state = { epoch: opened.epoch };
  let working: Promise<unknown> = Promise.resolve();
  /** One exchange after another. */
  const queued = <T>(work: () => Promise<T>): Promise<T> => {
    const next = working.then(work, work);
    working = next.catch(() => undefined);
    return next;
  };
  const live: Live = { ...parts, holder, state };
  const catchUp = () => queued(() => follow(live));
  db.guard({
    epoch: () => state.epoch,
    enter: holder.pin,
    catchUp,
  });
  const stop = db.subscribe(TOPIC, () => {
    catchUp().catch((error: unknown) => log.error({ err: error }, 'The changed definitions could not be read'));
  });
  return {
    ...holder,
    reload: () => queued(() => again(() => reload(live))),
    change: (change) => queued(() => again(() => changeOverlay(live, change))),
    close: stop,
  };
}

interface Live extends Parts {
  readonly holder: ModelHolder;
  /** The epoch of the current model. */
  readonly state: { epoch: number };
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof OvertakenError)) throw error;
      if (attempt === MOST_ATTEMPTS)
        throw new CasementError('CONFLICT', 'The definitions are being changed by somebody else. Try again.');
    }
  }
}

/** At the start: a model that says something else than the last one is a new epoch for every other process. */
async function openModel(parts: Parts): Promise<{ model: Model; epoch: number }> {
  const { db, loadFirst } = parts;
  const { epoch, rows } = await readOverlay(db);
  const model = await loadFirst(rows);
  refuseHalfApplied(await findJournal(db));
  const plan = await planSchema(db, model);
  refuseUnsafe(plan);
  if (renames(plan) && !(await parts.isAlone())) throw othersAreHere(plan);
  let is = epoch;
  const within = async (tx: Transaction) => {
    if ((await readEpoch(tx)) !== epoch) throw new OvertakenError();
    if ((await readModelHash(tx)) === model.hash && plan.steps.length === 0) return;
    is = await announceEpoch(db, tx, epoch);
  };
  await applyPlan(db, plan, { within, rewrite: createRewrite({ ...parts, model }, plan.organisation) });
  return { model, epoch: is };
}

/** From here on every process is behind until it has read the definitions anew. */
export async function announceEpoch(db: Database, tx: Transaction, epoch: number): Promise<number> {
  await writeEpoch(tx, epoch + 1);
  await db.publish(tx, TOPIC, String(epoch + 1));
  return epoch + 1;
}

async function reload(live: Live): Promise<'same' | 'exchanged'> {
  const { epoch, rows } = await readOverlay(live.db);
  const after = await live.load(rows);
  if (after.hash === live.holder.current().hash && epoch === live.state.epoch) return 'same';
  const plan = await planSchema(live.db, after);
  await exchange(live, { after, plan, epoch, store: () => Promise.resolve() });
  return 'exchanged';
}

async function changeOverlay<T>(live: Live, change: OverlayChange<T>): Promise<{ candidate: Candidate; stored?: T }> {
  const { epoch, rows } = await readOverlay(live.db);
  if (epoch !== live.state.epoch) await follow(live);
  const before = live.holder.current();
  const after = await live.load(change.propose({ rows, before }));
  const plan = await planSchema(live.db, after);
  const candidate: Candidate = { before, after, plan };
  if (!change.judge(candidate)) return { candidate };
  return {
    candidate,
    stored: await exchange(live, { after, plan, epoch, store: (tx, next) => change.store(tx, next) }),
  };
}

interface Exchange<T> {
  readonly after: Model;
  readonly plan: SchemaPlan;
  /** The one the exchange starts from. */
  readonly epoch: number;
  store(tx: Transaction, epoch: number): Promise<T>;
}

/** Tables, what belongs to the change and the epoch in one transaction, then the model. */
async function exchange<T>(live: Live, { after, plan, epoch, store }: Exchange<T>): Promise<T> {
  const { db, holder, state } = live;
  if (renames(plan)) throw atTheStartOnly(plan);
  const stored: T[] = [];
  const within = async (tx: Transaction) => {
    if ((await readEpoch(tx)) !== epoch) throw new OvertakenError();
    const next = epoch + 1;
    stored.splice(0, 1, await store(tx, next));
    tx.afterCommit(() => {
      state.epoch = next;
      holder.exchange(after);
    });
    await announceEpoch(db, tx, epoch);
  };
  await applyPlan(db, plan, { within, rewrite: createRewrite({ ...live, model: after }, plan.organisation) });
  return stored[0]!;
}

/**
 * Another process changed the model: its tables are there, its overlay is read. A process whose own files do not say the same goes on with what
 * it can load; a mistake in them is told and leaves the last good model.
 */
async function follow(live: Live): Promise<void> {
  const { db, load, holder, state, log } = live;
  const { epoch, rows } = await readOverlay(db);
  if (epoch === state.epoch) return;
  try {
    const model = await load(rows);
    const said = await readModelHash({ all: (fragment) => db.read(fragment) });
    if (said !== undefined && said !== model.hash)
      log.warn({}, 'Another process of this database runs on other definition files. Bring both to the same files.');
    if (model.hash !== holder.current().hash) holder.exchange(model);
  } catch (error) {
    log.error(
      { err: error },
      'The definitions were changed by another process and do not load here; the last good ones stay',
    );
  }
  state.epoch = epoch;
}
