import { useLocalStorage } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ListQuery } from '../../api/client.ts';
import type { ModelEntity, ModelView } from '../../model/types.ts';
import { useMe, useModel } from '../../model/use-model.ts';
import type { ListSearch } from '../../router.tsx';
import { columnOf, expandColumns, viewColumns } from './columns.ts';
import { allOf, joinFilter, type SplitFilter, splitFilter } from './filters.ts';

const PAGE = 100;

/** What the reader asked for: kept in the address, except the choice of columns, which is his own and kept in the browser. */
export function useListState(entity: ModelEntity, view: ModelView) {
  const search = useSearch({ from: '/frame/list/$view' });
  const navigate = useNavigate({ from: '/list/$view' });
  const { user } = useMe();
  const model = useModel();
  const usual = useMemo(() => viewColumns(entity, view), [entity, view]);
  const [columns, setColumns] = useLocalStorage<readonly string[]>({
    key: `casement.columns.${user.id}.${view.name}`,
    defaultValue: usual,
    getInitialValueInEffect: false,
  });
  const shown = useMemo(() => {
    const find = (paths: readonly string[]) => paths.flatMap((path) => columnOf(model, entity, path) ?? []);
    const own = find(columns);
    return own.length > 0 ? own : find(usual);
  }, [columns, model, entity, usual]);
  const query = useMemo(
    (): ListQuery => listQuery(view, search, expandColumns(entity, shown)),
    [view, search, entity, shown],
  );
  const set = (patch: { [Key in keyof ListSearch]: ListSearch[Key] | undefined }): void => {
    void navigate({ search: (old) => clean({ ...old, ...patch }), replace: true });
  };
  return {
    shown,
    setColumns,
    resetColumns: () => setColumns(usual),
    query,
    q: search.q ?? '',
    sort: search.sort ?? view.sort?.join(','),
    filter: splitFilter(search.filter, entity),
    setSearch: (q: string) => set({ q: q || undefined }),
    setSort: (sort: string | undefined) => set({ sort }),
    clear: () => set({ filter: undefined, q: undefined }),
    setFilter: (filter: SplitFilter) => set({ filter: joinFilter(filter) }),
  };
}

export type ListState = ReturnType<typeof useListState>;

function listQuery(view: ModelView, search: ListSearch, expand: readonly string[]): ListQuery {
  const sort = search.sort?.split(',') ?? view.sort ?? undefined;
  return {
    filter: allOf(view.filter, search.filter),
    limit: PAGE,
    expand,
    ...(sort ? { sort } : {}),
    ...(search.q ? { search: search.q } : {}),
  };
}

function clean(search: { [Key in keyof ListSearch]: ListSearch[Key] | undefined }): ListSearch {
  return {
    ...(search.filter ? { filter: search.filter } : {}),
    ...(search.sort ? { sort: search.sort } : {}),
    ...(search.q ? { q: search.q } : {}),
  };
}
