import type { Model } from '../definitions/model.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { readRenames } from '../storage/plan/noted-renames.ts';
import { isEvent } from './event-rights.ts';
import { createFormerNames, isNamed } from './former-names.ts';
import type { FormerNames } from './former-names.ts';
import { isErased, linkHash, payloadHash } from './ledger-row.ts';
import type { LedgerRow } from './ledger-row.ts';
import { recordFaults, storedRecords, unmadeRecords } from './verify-records.ts';

/** One thing that is not as the product would have left it. */
export interface LedgerFault {
  readonly entity: string;
  readonly record: string;
  /** The change; absent when the fault is in the record itself. */
  readonly seq?: number;
  /** A clause: what is wrong. */
  readonly what: string;
}

export interface LedgerReport {
  readonly changes: number;
  readonly records: number;
  /** Changes whose values were erased: their chain still stands. */
  readonly erased: number;
  readonly faults: readonly LedgerFault[];
}

export interface VerifyOptions {
  /** Compare every field of every record with what its changes say, too. */
  readonly values?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  /** The search ends with so many faults; default 1,000. */
  readonly mostFaults?: number;
}

const AT_ONCE = 200;

/**
 * Reads the whole ledger and names every place where it was tampered with: a change altered, taken out, put in or moved; a record whose
 * version, stay in the bin or very existence its changes do not account for. Reads only, and may run beside a server: what looks wrong is
 * looked at again, since it may only have been changing. The chain has no key: whoever can rewrite all of it consistently, records and
 * hashes, is found only by comparing with a backup.
 */
export async function verifyLedger(db: Database, model: Model, options: VerifyOptions = {}): Promise<LedgerReport> {
  const { mostFaults = 1000, onProgress = () => undefined } = options;
  const [counted] = await db.read<{ total: number | string }>(sql`select count(*) as "total" from "_changes"`);
  const total = Number(counted?.total ?? 0);
  const found = { changes: 0, records: 0, erased: 0 };
  const faults: LedgerFault[] = [];
  const names = createFormerNames(await readRenames((fragment) => db.read(fragment)));
  const many = new Set<string>();
  const checkSome = (some: Some) => checkRecords({ db, model, names }, { ...some, values: options.values ?? false });
  let after: Place = { entity: '', record: '' };
  for (;;) {
    const page = await placesAfter(db, after);
    const last = page.at(-1);
    if (!last || faults.length >= mostFaults) break;
    const places = page.map(({ entity, record }) => ({
      entity: names.present({ seq: 0, entity, data: '{}' }).entity,
      record,
    }));
    for (const [entity, records] of grouped(places.filter(isFirst(names, many)), (place) => place.entity)) {
      const checked = await checkSome({ entity, records: records.map(({ record }) => record) });
      found.changes += checked.changes;
      found.records += records.length;
      found.erased += checked.erased;
      faults.push(...(await confirmed(checked.faults, checkSome)));
    }
    onProgress(Math.min(found.changes, total), total);
    after = last;
  }
  faults.push(...(await orphans(db)), ...(await unmadeRecords(db, model, names)));
  onProgress(total, total);
  return { ...found, faults: faults.slice(0, mostFaults) };
}

interface Place {
  readonly entity: string;
  readonly record: string;
}

/** A record whose entity was renamed stands in the ledger under each name, and is one record with one chain. */
function isFirst({ ofEntity }: FormerNames, many: Set<string>): (place: Place) => boolean {
  return ({ entity, record }) => {
    if (ofEntity(entity).length === 1) return true;
    const isNew = !many.has(record);
    many.add(record);
    return isNew;
  };
}

async function placesAfter(db: Database, after: Place): Promise<readonly Place[]> {
  return db.read<Place>(sql`select "entity", "record" from "_changes"
    where ("entity", "record") > (${after.entity}, ${after.record})
    group by "entity", "record" order by "entity", "record" limit ${sql.raw(String(AT_ONCE))}`);
}

/** Records of one entity to be looked at together. */
interface Some {
  readonly entity: string;
  readonly records: readonly string[];
}

type Checked = Pick<LedgerReport, 'changes' | 'erased' | 'faults'>;

/** Faults that are still there when their record is looked at alone. */
async function confirmed(
  faults: readonly LedgerFault[],
  check: (some: Some) => Promise<Checked>,
): Promise<readonly LedgerFault[]> {
  const lasting: LedgerFault[] = [];
  for (const [{ entity, record }] of grouped(faults, (fault) => `${fault.entity}/${fault.record}`).values())
    lasting.push(...(await check({ entity, records: [record] })).faults);
  return lasting;
}

interface Checking {
  readonly db: Database;
  readonly model: Model;
  readonly names: FormerNames;
}

async function checkRecords(
  { db, model, names }: Checking,
  some: Some & { readonly values: boolean },
): Promise<Checked> {
  const named = isNamed(sql.raw('"entity"'), names.ofEntity(some.entity));
  const rows = await db.read<LedgerRow>(
    sql`select * from "_changes" where ${named} and "record" in (${sql.join(some.records)}) order by "record", "seq"`,
  );
  const subjects = await subjectsOf(db, rows);
  const entity = model.entities.get(some.entity);
  const stored = entity && (await storedRecords(db, entity, some.records));
  const faults: LedgerFault[] = [];
  for (const [record, chain] of grouped(rows, (row) => row.record)) {
    const broken = chainFaults(chain, subjects);
    // Of values that were forged nothing can be concluded.
    const values = some.values && broken.length === 0;
    faults.push(...broken);
    if (entity)
      faults.push(...recordFaults(entity, { chain: chain.map(names.present), record: stored?.get(record), values }));
  }
  return { changes: rows.length, erased: rows.filter(isErased).length, faults };
}

async function subjectsOf(db: Database, rows: readonly LedgerRow[]): Promise<ReadonlyMap<number, readonly string[]>> {
  const seqs = rows.map(({ seq }) => Number(seq));
  const found = new Map<number, string[]>();
  for (let from = 0; from < seqs.length; from += AT_ONCE) {
    const some = sql.join(seqs.slice(from, from + AT_ONCE));
    const subjects = await db.read<Place & { readonly seq: string | number }>(
      sql`select "seq", "entity", "record" from "_subjects" where "seq" in (${some})`,
    );
    for (const { seq, entity, record } of subjects)
      found.set(Number(seq), [...(found.get(Number(seq)) ?? []), `${entity}/${record}`]);
  }
  return found;
}

/** A chain read link by link, from the change that made the record on. */
function chainFaults(
  chain: readonly LedgerRow[],
  subjects: ReadonlyMap<number, readonly string[]>,
): readonly LedgerFault[] {
  return chain.flatMap((row, index) => {
    const before = chain[index - 1];
    const own = subjects.get(Number(row.seq)) ?? [];
    const isLinked = linkHash(row, { previous: before?.hash ?? '', subjects: own }) === row.hash;
    const faults = [
      isErased(row) || payloadHash(row) === row.payloadHash
        ? undefined
        : 'its values, its note or its name are not those that were written',
      isLinked ? undefined : 'it was altered or moved, or the change before it was altered, taken out or put in',
      stepFault(row, before),
    ];
    const place = { entity: row.entity, record: row.record, seq: Number(row.seq) };
    return faults.flatMap((what) => (what === undefined ? [] : [{ ...place, what }]));
  });
}

/** The first change makes the record; each further one raises its version by one, an event does not. */
function stepFault(row: LedgerRow, before: LedgerRow | undefined): string | undefined {
  const version = Number(row.version);
  if (!before)
    return row.kind === 'created' && version === 1 ? undefined : 'it is the first of its record but did not make it';
  const expected = Number(before.version) + (isEvent(row.kind) ? 0 : 1);
  return version === expected ? undefined : `it has version ${version} where ${expected} follows`;
}

const MOST_ORPHANS = 100;

/** Places in the index of subjects whose change was taken out or moved away. */
async function orphans(db: Database): Promise<readonly LedgerFault[]> {
  const rows = await db.read<Place & { readonly seq: string | number }>(
    sql`select s."seq", s."entity", s."record" from "_subjects" s
      where not exists (select 1 from "_changes" c where c."seq" = s."seq")
      order by s."seq" limit ${sql.raw(String(MOST_ORPHANS))}`,
  );
  return rows.map(({ seq, entity, record }) => ({
    entity,
    record,
    seq: Number(seq),
    what: 'a change stood here and is gone',
  }));
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
