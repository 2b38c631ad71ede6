import { accessOf } from '../access/access.ts';
import type { Access } from '../access/access.ts';
import { all } from '../rules/condition-tools.ts';
import type { Context, Transaction } from '../context.ts';
import type { Entity, Model } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Condition } from '../rules/condition.ts';
import type { Hold } from '../storage/locks.ts';
import { selectRows } from '../storage/select.ts';
import { conditionEnv } from './environment.ts';
import type { Organisation } from './environment.ts';
import type { FormerNames } from './former-names.ts';
import type { Ledger } from './ledger.ts';
import type { ReadDeps } from './read.ts';
import type { ChangeObserver } from './types.ts';

/** Where uploaded bytes are described and bound to the record that holds them; given by `files`. */
export interface FileStore {
  /** Id, name, type and size of an uploaded file, for the value of a file field; null when there is none. */
  describe(tx: Transaction, id: string): Promise<Value>;
  /** Binds the file to its field; refuses a file that belongs to another record. */
  claim(
    tx: Transaction,
    id: string,
    place: { entity: string; record: string; field: string; principal: string | null },
  ): Promise<void>;
  /** Gives a file from one record to another of its entity, in the same field; nothing happens when it is not there. */
  hand(
    tx: Transaction,
    id: string,
    way: { readonly entity: string; readonly field: string; readonly from: string; readonly to: string },
  ): Promise<void>;
}

export interface WriteDeps extends ReadDeps {
  readonly ledger: Ledger;
  readonly names: FormerNames;
  readonly observers: readonly ChangeObserver[];
  readonly files?: FileStore;
}

export type WriteContext = Context & { readonly tx: Transaction };

/** Everything one write of one entity needs, pinned at its start. */
export interface WriteScope {
  readonly deps: WriteDeps;
  readonly ctx: WriteContext;
  readonly tx: Transaction;
  readonly model: Model;
  readonly entity: Entity;
  readonly access: Access;
  readonly organisation: Organisation;
  /** Records held for this write, as `entity/id`. */
  readonly held: Set<string>;
}

export function scopeOf(deps: WriteDeps, ctx: WriteContext, entity: string): WriteScope {
  const model = deps.model();
  return {
    deps,
    ctx,
    tx: ctx.tx,
    model,
    entity: model.entity(entity),
    access: accessOf(model, ctx.principal),
    organisation: deps.organisation(),
    held: new Set(),
  };
}

/** What reading one row needs: a transaction, or the readers outside of one. */
export interface RowScope {
  readonly deps: { readonly db: Pick<WriteDeps['db'], 'dialect'> };
  readonly ctx: Context;
  readonly tx: Pick<Transaction, 'all'>;
  readonly entity: Entity;
  readonly organisation: Organisation;
}

/** A whole row, unmasked, through the caller's row filter; null when it is not there for him. Locks it for this transaction. */
export async function loadRow(
  scope: RowScope,
  id: string,
  options: { readonly rows: Condition; readonly deleted?: 'no' | 'only' | 'with'; readonly lock?: Hold },
): Promise<RecordData | null> {
  const { entity } = scope;
  const idField = entity.fields.get('id')!;
  const path = { entity: entity.name, hops: [], field: idField };
  const [row] = await selectRows(
    scope.tx,
    {
      projection: {
        entity,
        fields: [...entity.fields.values()].map((field) => ({ field })),
        references: new Map(),
        lists: new Map(),
      },
      where: all({ kind: 'compare', path, op: 'eq', operand: { kind: 'value', value: id } }, options.rows),
      sort: [{ path, descending: false }],
      limit: 1,
      deleted: options.deleted ?? 'no',
      env: conditionEnv(scope.ctx, scope.organisation),
      ...(options.lock ? { lock: options.lock } : {}),
    },
    scope.deps.db.dialect,
  );
  return row ? (JSON.parse(row.json) as RecordData) : null;
}
