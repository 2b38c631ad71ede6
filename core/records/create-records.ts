import type { Clock, Context, Log } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import type { Database } from '../storage/database.ts';
import type { NotedRename } from '../storage/plan/noted-renames.ts';
import { aggregate } from './aggregate.ts';
import { inTransaction } from './batches.ts';
import { createBatches } from './create-batches.ts';
import { readChanges, readOtherChanges } from './changes.ts';
import type { OtherChangesQuery } from './changes.ts';
import { createDuplicates } from './duplicates/create-duplicates.ts';
import { createMerging } from './merge/create-merging.ts';
import { findDependents } from './dependents.ts';
import { organisationOf } from './environment.ts';
import type { Organisation } from './environment.ts';
import { followLedger } from './follow.ts';
import { explain } from './explain.ts';
import type { ExplainQuery, Explanation } from './explain-types.ts';
import { createFormerNames } from './former-names.ts';
import { createHybridClock } from './hybrid-clock.ts';
import { createLedger } from './ledger.ts';
import { changesSince, ledgerPosition } from './changes-since.ts';
import { makeRecords } from './make-records.ts';
import type { NewRecord } from './children.ts';
import { answer, answers } from './outcome.ts';
import { perform } from './perform.ts';
import { readList, readOne, readOneText, readText, searchAll } from './read.ts';
import type { Change, ChangeObserver, Records, WriteCommand } from './types.ts';
import { readStageHistory } from './stage-history.ts';
import { loadRow, scopeOf } from './write-scope.ts';
import type { FileStore, WriteContext, WriteDeps } from './write-scope.ts';

export interface RecordsOptions {
  readonly db: Database;
  readonly model: () => Model;
  readonly clock: Clock;
  readonly log: Log;
  /** Short name of this node, part of every change. */
  readonly node: string;
  /** The clock of the change that this node wrote last. */
  readonly latestHlc?: string | undefined;
  readonly files?: FileStore;
  /** Renames the database has gone through, oldest first. */
  readonly renames?: readonly NotedRename[];
}

/** A change of something that is no record, such as a definition. */
export interface OtherChange {
  /** A word with `_` before it, which no entity can have: `_definition`. */
  readonly subject: string;
  readonly id: string;
  readonly kind: string;
  readonly fields: Change['fields'];
  readonly version: number;
}

export interface RecordsService extends Records {
  /** Puts it into the ledger, chained by subject and id like the changes of a record. No rule and no live screen hears of it. */
  recordOther(ctx: WriteContext, change: OtherChange): Promise<Change>;
  /** The history of such a thing, newest first, with nobody's rights. */
  otherChanges(ctx: Context, query: OtherChangesQuery): ReturnType<typeof readOtherChanges>;
  /** Who may do this, and which rule of which role decides. Leaves no trace. */
  explain(ctx: Context, query: ExplainQuery): Promise<Explanation>;
  /** What the organisation's record says now. */
  organisation(): Organisation;
  /** Reads the organisation's record anew; done by itself after each change of it. */
  refreshOrganisation(): Promise<void>;
}

/** The one read and the one write over a model and a database. */
export function createRecords(options: RecordsOptions): RecordsService {
  const { db, model, clock, log } = options;
  const observers: ChangeObserver[] = [];
  let organisation = organisationOf(undefined);
  const names = createFormerNames(options.renames ?? []);
  const { node, latestHlc } = options;
  const ledger = createLedger({ clock: createHybridClock(clock, node, latestHlc), node, dialect: db.dialect, names });
  const deps: WriteDeps = {
    db,
    model,
    organisation: () => organisation,
    ledger,
    names,
    observers,
    ...(options.files ? { files: options.files } : {}),
  };

  const refreshOrganisation = async () => {
    if (!model().entities.has('organisation')) return;
    const query = { entity: 'organisation', sort: ['id'], limit: 1 };
    const { data } = await readList(deps, systemContext(clock, log), query);
    organisation = organisationOf(data[0]);
  };
  db.subscribe('change', (payload) => {
    if (payload !== '' && !payload.includes('"organisation"')) return;
    refreshOrganisation().catch((error: unknown) => log.error({ error }, 'The organisation could not be read again'));
  });

  return {
    model,
    organisation: () => organisation,
    refreshOrganisation,
    read: (ctx, query) => readText(deps, ctx, query),
    list: (ctx, query) => readList(deps, ctx, query),
    get: (ctx, query) => readOne(deps, ctx, query),
    getText: (ctx, query) => readOneText(deps, ctx, query),
    search: (ctx, query) => searchAll(deps, ctx, query),
    aggregate: (ctx, query) => aggregate(deps, ctx, query),
    changes: (ctx, query) => readChanges(deps, ctx, query),
    stageHistory: (ctx, query) => readStageHistory(deps, ctx, query),
    changesSince: (query = {}) => changesSince(db, query),
    ledgerPosition: () => ledgerPosition(db),
    dependents: (ctx, of) => findDependents(deps, ctx, of),
    write: (ctx, command) => inTransaction(deps, ctx, (inside) => write(deps, inside, command)),
    createAll: (ctx, of) => inTransaction(deps, ctx, (inside) => createAll(deps, inside, of)),
    createIds: (ctx, of) => inTransaction(deps, ctx, (inside) => createIds(deps, inside, of)),
    transaction: (ctx, work) => inTransaction(deps, ctx, work),
    event: (ctx, event) => inTransaction(deps, ctx, (inside) => appendEvent(deps, inside, event)),
    follow: (since) => followLedger(db, since),
    explain: (ctx, query) => explain(deps, ctx, query),
    batches: createBatches(deps),
    otherChanges: (ctx, query) => readOtherChanges(deps, ctx, query),
    duplicates: createDuplicates(deps, systemContext(clock, log)),
    ...createMerging(deps),
    recordOther: (ctx, change) => recordOther(deps, ctx, change),
    observe: (observer) => void observers.push(observer),
    ...newsOf(db),
  };
}

function newsOf(db: Database): Pick<Records, 'onCommitted' | 'onMissed'> {
  return {
    onCommitted: (listener) =>
      db.subscribe('change', (payload) => {
        if (payload !== '') listener(JSON.parse(payload) as Parameters<typeof listener>[0]);
      }),
    onMissed: (listener) =>
      db.subscribe('change', (payload) => {
        if (payload === '') listener();
      }),
  };
}

function recordOther(
  { ledger }: WriteDeps,
  ctx: WriteContext,
  { subject, id, ...change }: OtherChange,
): Promise<Change> {
  return ledger.append(ctx, ctx.tx, {
    ...change,
    entity: { name: subject, fields: new Map() },
    record: id,
    sides: [],
  });
}

function systemContext(clock: Clock, log: Log): Context {
  const principal = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;
  return { principal, door: 'api', clock, log, locale: 'en' };
}

/** The one write, and its answer as this caller may see it. */
async function write(deps: WriteDeps, ctx: WriteContext, command: WriteCommand): Promise<RecordData> {
  const record = await perform(deps, ctx, command);
  return command.op === 'delete' ? record : answer(scopeOf(deps, ctx, command.entity), record);
}

interface NewRecords {
  readonly entity: string;
  readonly inputs: readonly unknown[];
}

async function createAll(deps: WriteDeps, ctx: WriteContext, of: NewRecords): Promise<readonly string[]> {
  const scope = scopeOf(deps, ctx, of.entity);
  return answers(scope, await makeRecords(scope, itemsOf(of)));
}

async function createIds(deps: WriteDeps, ctx: WriteContext, of: NewRecords): Promise<readonly string[]> {
  const made = await makeRecords(scopeOf(deps, ctx, of.entity), itemsOf(of));
  return made.map((record) => String(record['id']));
}

function itemsOf({ inputs }: NewRecords): readonly NewRecord[] {
  return inputs.map((input, index) => ({ input, fixed: {}, at: `/${index}` }));
}

async function appendEvent(
  deps: WriteDeps,
  ctx: WriteContext,
  event: { entity: string; id: string; kind: string; data: RecordData },
) {
  const scope = scopeOf(deps, ctx, event.entity);
  // Locked, so that two events at once do not both follow the same change in the record's chain.
  const record = await loadRow(scope, event.id, { rows: ALWAYS, deleted: 'with', lock: 'change' });
  if (!record) throw new CasementError('NOT_FOUND', 'There is no such record.');
  const fields = Object.fromEntries(Object.entries(event.data).map(([key, after]) => [key, { before: null, after }]));
  const change = await deps.ledger.append(ctx, ctx.tx, {
    entity: scope.entity,
    record: event.id,
    kind: event.kind,
    fields,
    version: Number(record['version']),
    sides: [record],
  });
  for (const observe of deps.observers) await observe(ctx.tx, change, record, record);
  await deps.db.publish(
    ctx.tx,
    'change',
    JSON.stringify({ seq: change.seq, entity: change.entity, record: change.record, kind: change.kind }),
  );
  return change;
}
