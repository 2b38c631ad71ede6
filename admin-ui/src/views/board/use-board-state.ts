import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { allOf, joinFilter, type SplitFilter, splitFilter } from '../list/filters.ts';
import type { Condition, ModelEntity, ModelView } from '../../model/types.ts';

interface Patch {
  readonly filter?: Condition | undefined;
  readonly q?: string | undefined;
}

/** What the reader asked for, kept in the address. */
export function useBoardState(entity: ModelEntity, view: ModelView) {
  const search = useSearch({ from: '/frame/board/$view' });
  const navigate = useNavigate({ from: '/board/$view' });
  const condition = useMemo(() => allOf(view.filter, search.filter), [view.filter, search.filter]);
  const set = (patch: Patch): void => {
    void navigate({
      search: ({ sort, ...old }) => {
        const { filter, q } = { ...old, ...patch };
        return { ...(sort ? { sort } : {}), ...(filter ? { filter } : {}), ...(q ? { q } : {}) };
      },
      replace: true,
    });
  };
  return {
    q: search.q ?? '',
    filter: splitFilter(search.filter, entity),
    /** The view's own condition and the reader's together. */
    condition,
    sort: search.sort?.split(',') ?? view.sort ?? undefined,
    setSearch: (q: string) => set({ q: q || undefined }),
    setFilter: (filter: SplitFilter) => set({ filter: joinFilter(filter) }),
  };
}

export type BoardState = ReturnType<typeof useBoardState>;
