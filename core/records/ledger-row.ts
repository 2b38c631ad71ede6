import { hash } from 'node:crypto';
import type { Change } from './types.ts';

/** A row of `_changes` as the drivers give it. */
export interface LedgerRow {
  readonly seq: string | number;
  readonly id: string;
  readonly at: string;
  readonly entity: string;
  readonly record: string;
  readonly kind: string;
  readonly data: string;
  readonly note: string | null;
  readonly principalKind: string;
  readonly principalId: string | null;
  readonly principalName: string;
  readonly door: string;
  readonly cause: string | null;
  readonly root: string | null;
  readonly depth: string | number;
  readonly rule: string | null;
  readonly batch: string | null;
  readonly node: string;
  readonly hlc: string;
  readonly version: string | number;
  readonly payloadHash: string;
  readonly salt: string;
  readonly hash: string;
}

/** A parent whose figures moved with a change. */
export interface DerivedChange {
  readonly entity: string;
  readonly record: string;
  readonly fields: Change['fields'];
}

/** What `data` of a row holds once its values were erased; its salt goes with them, so that nobody can guess them from the hash. */
export const ERASED = '{"erased":true,"fields":{}}';

export function isErased(row: Pick<LedgerRow, 'data' | 'salt'>): boolean {
  return row.data === ERASED && row.salt === '';
}

/** The change a row tells of, whole: cutting it to what a caller may see is the reader's part. */
export function changeOf(row: LedgerRow): Change & { readonly derived: readonly DerivedChange[] } {
  const { derived = [], ...payload } = JSON.parse(row.data) as ChangeData & { derived?: readonly DerivedChange[] };
  return { ...changeWith(row, payload), derived };
}

type ChangeData = Pick<Change, 'fields' | 'into'>;

/** The same where the contents of `data` are at hand. */
export function changeWith(row: Omit<LedgerRow, 'data'>, { fields, into }: ChangeData): Change {
  return {
    seq: Number(row.seq),
    id: row.id,
    at: row.at,
    entity: row.entity,
    record: row.record,
    kind: row.kind,
    fields,
    ...(row.note === null ? {} : { note: row.note }),
    by: { id: row.principalId, name: row.principalName, kind: row.principalKind },
    door: row.door,
    ...(row.cause === null
      ? {}
      : {
          cause: {
            change: row.cause,
            root: row.root ?? row.cause,
            depth: Number(row.depth),
            ...(row.rule === null ? {} : { rule: row.rule }),
          },
        }),
    ...(row.batch === null ? {} : { batch: row.batch }),
    version: Number(row.version),
    ...(into === undefined ? {} : { into }),
  };
}

/** What erasure may empty: the values, the note, and the name of who did it (his id stays in the chain). */
export function payloadHash(row: Pick<LedgerRow, 'salt' | 'data' | 'note' | 'principalName'>): string {
  return sha256(JSON.stringify([row.salt, row.data, row.note, row.principalName]));
}

/**
 * Binds a row to the record's row before it, to what happened, when, where, by whom and why, and to the records on whose timeline it
 * stands. Not covered: `seq`, given by the database (the subjects hold it), and PostgreSQL's transaction number, which a restore changes.
 */
export function linkHash(row: Omit<LedgerRow, 'seq' | 'hash' | 'data' | 'salt'>, chain: Link): string {
  return sha256(
    JSON.stringify([
      chain.previous,
      row.id,
      row.at,
      row.entity,
      row.record,
      row.kind,
      Number(row.version),
      row.node,
      row.hlc,
      row.principalKind,
      row.principalId,
      row.door,
      row.cause,
      row.root,
      Number(row.depth),
      row.rule,
      row.batch,
      [...chain.subjects].sort(),
      row.payloadHash,
    ]),
  );
}

export interface Link {
  /** The hash of the record's row before; empty for its first. */
  readonly previous: string;
  /** `entity/record` of each. */
  readonly subjects: readonly string[];
}

function sha256(text: string): string {
  return hash('sha256', text);
}
