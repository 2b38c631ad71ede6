import { setImmediate } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { instant } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import { deferring } from '../storage/deferring.ts';
import { insertRecords } from '../storage/rows.ts';
import { sql } from '../storage/sql.ts';
import { childrenOf, splitChildren, underPath } from './children.ts';
import type { GivenList, NewRecord } from './children.ts';
import { draftOf, withDefaults } from './draft.ts';
import type { Draft } from './draft.ts';
import { dayOf } from './environment.ts';
import { nameTargets } from './name-targets.ts';
import { completed, errorsOf } from './outcome.ts';
import { recordCreated } from './record-change.ts';
import { refuseOutside, refuseUnsettable } from './rights.ts';
import { lockParents } from './hold-family.ts';
import { differences, refreshParentsOf } from './rollups.ts';
import { nextNumber } from './sequence.ts';
import { settleStage, stageGate, unmet } from './stage-gate.ts';
import type { Gate } from './stage-gate.ts';
import { loadRow, scopeOf } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

/** Together in one round of statements; more come after another. */
const AT_ONCE = 1000;
/** After so many, whatever else waits for this process has its turn: nothing in between waits for the database. */
const TURN = 50;

/**
 * Makes records of one entity and the children given in their lists: one or a thousand, by the same steps and nearly as many statements. All or
 * none: the transaction is the caller's. Answers the whole rows in the order given.
 */
export async function makeRecords(scope: WriteScope, items: readonly NewRecord[]): Promise<readonly RecordData[]> {
  if (!scope.access.can(scope.entity.name, 'create'))
    throw new CasementError('FORBIDDEN', `You may not create ${scope.entity.plural}.`);
  await refuseSecond(scope, items.length);
  const made: RecordData[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    made.push(...(await makeSome(scope, items.slice(from, from + AT_ONCE))));
  return made;
}

/** A record in the making. */
interface Making {
  readonly item: NewRecord;
  readonly draft: Draft;
  readonly record: RecordData;
  readonly children: readonly GivenList[];
  readonly gate: Gate;
}

/** Records stand in the ledger before their children: causes come before what they cause. */
async function makeSome(scope: WriteScope, items: readonly NewRecord[]): Promise<readonly RecordData[]> {
  const all = await beginAll(scope, items);
  const records = all.map(({ record }) => record);
  const parents = await lockParents(scope, { sides: records });
  const { ledger } = scope.deps;
  const [errors, footing] = await Promise.all([
    wrongOf(scope, all),
    ledger.footing(scope.tx, { entity: scope.entity.name, count: records.length, records: [] }),
  ]);
  if (errors.length > 0) throw validationError(errors);
  await insertRecords(deferring(scope.tx), scope.entity, records);
  for (const { item, draft, record } of all) {
    await underPath(item.at, async () => {
      await refuseUnsettable(scope, record, { given: draft.given, action: 'create' });
      await refuseOutside(scope, record, 'create');
    });
  }
  const derived = await refreshParentsOf(scope, parents, records);
  await recordCreated(
    scope,
    records.map((after, index) => ({ after, derived: derived.get(index) ?? [] })),
    footing,
  );
  await makeChildren(scope, all);
  await refuseUnmet(scope, all);
  return Promise.all(all.map((one) => storedRow(scope, one)));
}

/** What cannot even be begun is told together with what is wrong with the others. */
async function beginAll(scope: WriteScope, items: readonly NewRecord[]): Promise<readonly Making[]> {
  const all: Making[] = [];
  const refused: ErrorDetail[] = [];
  for (const [index, item] of items.entries()) {
    if (index % TURN === TURN - 1) await setImmediate();
    try {
      all.push(await underPath(item.at, () => begin(scope, item)));
    } catch (error) {
      if (!(error instanceof CasementError) || error.code !== 'VALIDATION') throw error;
      refused.push(...error.errors);
    }
  }
  if (refused.length > 0) throw validationError([...(await wrongOf(scope, all)), ...refused]);
  return all;
}

async function begin(scope: WriteScope, item: NewRecord): Promise<Making> {
  const { own, children } = splitChildren(scope, objectOf(item.input));
  const draft = draftOf(scope, { input: await nameTargets(scope, own, null), current: null, fixed: item.fixed });
  withDefaults(scope, draft);
  settleStage(scope, draft.values, null);
  await takeNumbers(scope, draft);
  const id = uuidv7();
  const whole = { ...blankRecord(scope), ...draft.values, ...systemValues(scope, id) };
  const record = await completed(scope, draft, { id, record: whole });
  return { item, draft, record, children, gate: stageGate(scope, record, null) };
}

function objectOf(input: unknown): Readonly<Record<string, unknown>> {
  if (typeof input === 'object' && input !== null && !Array.isArray(input))
    return input as Readonly<Record<string, unknown>>;
  throw validationError([{ path: '', code: 'type', message: 'A record must be an object.' }]);
}

/** Everything wrong with all of them at once, each place under the record's own. */
async function wrongOf(scope: WriteScope, all: readonly Making[]): Promise<readonly ErrorDetail[]> {
  const outcomes = all.map(({ draft, record, gate }) => {
    return { draft, record, changed: Object.keys(differences(null, record)), gate: gate.errors };
  });
  return (await errorsOf(scope, outcomes)).flatMap((details, index) => {
    const at = all[index]?.item.at ?? '';
    return details.map((detail) => ({ ...detail, path: at + detail.path }));
  });
}

/** The children of all of them, list by list. */
async function makeChildren(scope: WriteScope, all: readonly Making[]): Promise<void> {
  const given = all.flatMap(({ item, record, children }) =>
    children.map((list) => ({ list, parent: { entity: scope.entity.name, id: String(record['id']) }, at: item.at })),
  );
  const keys = new Set(given.map(({ list }) => list.list.key));
  for (const key of keys) {
    const ofList = given.filter(({ list }) => list.list.key === key);
    const items = ofList.flatMap(childrenOf);
    const [first] = ofList;
    if (first && items.length > 0) await makeRecords(scopeOf(scope.deps, scope.ctx, first.list.list.entity), items);
  }
}

/** What a gate asks of the database once everything is stored. */
async function refuseUnmet(scope: WriteScope, all: readonly Making[]): Promise<void> {
  for (const { item, record, gate } of all) {
    const missing = await unmet(scope, String(record['id']), gate.open);
    if (missing.length > 0) await underPath(item.at, () => Promise.reject(validationError(missing)));
  }
}

/** Children may have moved its figures. */
async function storedRow(scope: WriteScope, { record, children }: Making): Promise<RecordData> {
  if (!children.some(({ items }) => items.length > 0)) return record;
  return (await loadRow(scope, String(record['id']), { rows: ALWAYS })) ?? record;
}

function blankRecord(scope: WriteScope): RecordData {
  const empty = [...scope.entity.fields.values()].map((field) => [field.key, field.reference?.many ? [] : null]);
  return Object.fromEntries(empty) as RecordData;
}

function systemValues(scope: WriteScope, id: string): RecordData {
  const now = instant(scope.ctx.clock);
  const by = scope.ctx.principal.id;
  return { id, version: 1, createdAt: now, updatedAt: now, createdBy: by, updatedBy: by, deletedAt: null };
}

/** An entity of one record, such as the organisation, takes no second one. */
async function refuseSecond(scope: WriteScope, count: number): Promise<void> {
  if (!scope.entity.single) return;
  const [first] = await scope.tx.all(
    sql`select "id" from ${sql.id(scope.entity.name)} where "deletedAt" is null limit 1`,
  );
  if (first === undefined && count < 2) return;
  throw new CasementError('CONFLICT', `There is one ${scope.entity.title.toLowerCase()} only; change that one.`);
}

async function takeNumbers(scope: WriteScope, draft: Draft): Promise<void> {
  for (const field of scope.entity.fields.values()) {
    if (field.sequence === undefined || draft.values[field.key]) continue;
    const name = `${scope.entity.name}.${field.key}`;
    const date = dayOf(scope.ctx.clock.now(), scope.organisation.zone);
    draft.values[field.key] = await nextNumber(scope.tx, { name, pattern: field.sequence, date });
  }
}
