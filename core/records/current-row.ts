import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { evaluate, needsDatabase } from '../rules/evaluate.ts';
import { lockRecords } from '../storage/locks.ts';
import { conditionEnv } from './environment.ts';
import { holdFamily, refuseMoved } from './hold-family.ts';
import { loadRow } from './write-scope.ts';
import type { RowScope, WriteScope } from './write-scope.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function isRecordId(text: string): boolean {
  return UUID.test(text);
}

/** The current row for a change, held, and before it whatever its figures stand in. `input` as in `Member`. NOT_FOUND when the caller cannot read it, FORBIDDEN when he may read but not do this. */
export async function currentRow(
  scope: WriteScope,
  id: string,
  options: {
    readonly action: 'update' | 'delete';
    readonly deleted?: 'no' | 'only';
    readonly input?: Readonly<Record<string, unknown>>;
    /** Called once the row is asked for and held: what is asked of the database here is answered together with it. */
    readonly besides?: () => void;
  },
): Promise<RecordData> {
  const missing = () => new CasementError('NOT_FOUND', 'There is no such record.');
  if (!isRecordId(id)) throw missing();
  const deleted = options.deleted ?? 'no';
  const hold = options.action === 'delete' && deleted === 'no' ? 'remove' : 'change';
  await holdFamily(scope, [
    { entity: scope.entity, id: id.toLowerCase(), hold, ...(options.input ? { input: options.input } : {}) },
  ]);
  // On PostgreSQL a statement that waited for a lock sees the row anew but not its link tables: lock first, then read.
  const hasLinks = [...scope.entity.fields.values()].some((field) => field.reference?.many);
  if (hasLinks && scope.deps.db.dialect === 'postgres')
    await lockRecords(scope.tx, scope.entity, { ids: [id.toLowerCase()], hold });
  const row = await loadRow(besides(scope, options.besides), id.toLowerCase(), {
    rows: scope.access.rows(scope.entity.name, 'read'),
    deleted,
    lock: hold,
  });
  if (!row) throw missing();
  refuseMoved(scope, row, options.input);
  const rows = scope.access.rows(scope.entity.name, options.action);
  const isAllowed = needsDatabase(rows)
    ? (await loadRow(scope, id.toLowerCase(), { rows, deleted })) !== null
    : evaluate(rows, row, conditionEnv(scope.ctx, scope.organisation));
  if (!isAllowed)
    throw new CasementError('FORBIDDEN', `You may not ${options.action} this ${scope.entity.title.toLowerCase()}.`);
  return row;
}

function besides(scope: WriteScope, work: (() => void) | undefined): RowScope {
  if (!work) return scope;
  return {
    ...scope,
    tx: {
      all(fragment) {
        const rows = scope.tx.all<never>(fragment);
        work();
        return rows;
      },
    },
  };
}
