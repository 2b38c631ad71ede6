import type { Context } from '../../context.ts';
import type { WriteDeps } from '../write-scope.ts';
import { markDistinct } from './distinct.ts';
import { findDuplicates } from './find-duplicates.ts';
import { createGroupList } from './list-groups.ts';
import { prepareIndex } from './prepare-index.ts';
import type { Duplicates } from './types.ts';

/** `system` is who makes the index anew. */
export function createDuplicates(deps: WriteDeps, system: Context): Duplicates {
  return {
    find: (ctx, query) => findDuplicates(deps, ctx, query),
    groups: createGroupList(deps),
    mark: (ctx, command) => markDistinct(deps, ctx, command),
    prepare: () => prepareIndex(deps, system),
  };
}
