import { silenceRunning } from './batch-rows.ts';
import type { Batches } from './batch-types.ts';
import { openBatch, readBatch, readBatches, resumeBatch, runBatch } from './batches.ts';
import { handOver } from './hand-over.ts';
import { massEdit } from './mass-edit.ts';
import { isUndone, undoBatch } from './undo.ts';
import type { WriteDeps } from './write-scope.ts';

export function createBatches(deps: WriteDeps): Batches {
  return {
    run: (ctx, about, work) => runBatch(deps, ctx, { about, work }),
    open: (ctx, about) => openBatch(deps, ctx, about),
    resume: (ctx, id) => resumeBatch(deps, ctx, id),
    list: (ctx, query) => readBatches(deps, ctx, query),
    get: (ctx, id) => readBatch(deps, ctx, id),
    edit: (ctx, edit) => massEdit(deps, ctx, edit),
    handOver: (ctx, of) => handOver(deps, ctx, of),
    undo: (ctx, id, options) => undoBatch(deps, ctx, { id, dryRun: options?.dryRun ?? false }),
    isUndone: (ctx, of) => isUndone(deps, ctx, of),
    recover: async () => {
      if (deps.db.dialect === 'sqlite') await silenceRunning(deps.db);
    },
  };
}
