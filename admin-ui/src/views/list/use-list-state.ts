import { useLocalStorage } from '@mantine/hooks';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ListQuery } from '../../api/client.ts';
import { expandFor } from '../../model/display.ts';
import type { ModelEntity, ModelField, ModelView } from '../../model/types.ts';
import { useMe } from '../../model/use-model.ts';
import type { ListSearch } from '../../router.tsx';
import { allOf, joinFilter, type SplitFilter, splitFilter } from './filters.ts';

const PAGE = 100;

/** What the reader asked for: kept in the address, except the choice of columns, which is his own and kept in the browser. */
export function useListState(entity: ModelEntity, view: ModelView) {
  const search = useSearch({ from: '/frame/list/$view' });
  const navigate = useNavigate({ from: '/list/$view' });
  const { user } = useMe();
  const [columns, setColumns] = useLocalStorage<readonly string[]>({
    key: `casement.columns.${user.id}.${view.name}`,
    defaultValue: view.fields,
    getInitialValueInEffect: false,
  });
  const shown = useMemo(() => {
    const byKey = new Map(entity.fields.map((field) => [field.key, field]));
    const found = columns.flatMap((key) => byKey.get(key) ?? []);
    return found.length > 0 ? found : view.fields.flatMap((key) => byKey.get(key) ?? []);
  }, [columns, entity, view]);
  const query = useMemo(
    (): ListQuery =>
      listQuery(
        view,
        search,
        expandFor(
          entity,
          shown.map((field) => field.key),
        ),
      ),
    [view, search, entity, shown],
  );
  const set = (patch: { [Key in keyof ListSearch]: ListSearch[Key] | undefined }): void => {
    void navigate({ search: (old) => clean({ ...old, ...patch }), replace: true });
  };
  return {
    shown,
    setColumns,
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

/** Fields a server can put in order: not those that hold several things. */
export const isSortable = (field: ModelField): boolean =>
  !field.reference && !['json', 'file', 'image', 'signature', 'multiSelect', 'richText'].includes(field.type);
