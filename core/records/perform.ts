import type { RecordData } from '../fields/field-type.ts';
import { makeRecords } from './make-records.ts';
import { deleteRecord, restoreRecord } from './remove.ts';
import type { WriteCommand } from './types.ts';
import { updateRecordFields } from './write.ts';
import { scopeOf } from './write-scope.ts';
import type { WriteContext, WriteDeps } from './write-scope.ts';

/**
 * The one write. Create, update, move, delete and restore differ in what they settle; they share every check and every trace. Answers the
 * whole row (of a delete id and version), not yet cut to what the caller may see.
 */
export async function perform(deps: WriteDeps, ctx: WriteContext, command: WriteCommand): Promise<RecordData> {
  const scope = scopeOf(deps, ctx, command.entity);
  switch (command.op) {
    case 'create':
      return (await makeRecords(scope, [{ input: command.input, fixed: {}, at: '' }]))[0]!;
    case 'update':
      return updateRecordFields(scope, command);
    case 'delete':
      return deleteRecord(scope, command);
    case 'restore':
      return restoreRecord(scope, command);
  }
}
