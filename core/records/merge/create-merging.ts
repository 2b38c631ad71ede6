import type { Records } from '../types.ts';
import type { WriteDeps } from '../write-scope.ts';
import { mergeRecords } from './merge-records.ts';
import { mergedInto } from './merged-into.ts';

export function createMerging(deps: WriteDeps): Pick<Records, 'merge' | 'mergedInto'> {
  return {
    merge: (ctx, command) => mergeRecords(deps, ctx, command),
    mergedInto: (ctx, of) => mergedInto(deps, ctx, of),
  };
}
