import { useMediaQuery } from '@mantine/hooks';
import { useParams } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useInfiniteList, useList } from '../../api/hooks.ts';
import { ErrorPage, NotFoundPage } from '../../shell/error-page.tsx';
import { usePageTitle } from '../../shell/use-page-title.ts';
import type { ModelView } from '../../model/types.ts';
import { useEntity, useModel } from '../../model/use-model.ts';
import { CardList } from './card-list.tsx';
import { FilterChips } from './filter-bar.tsx';
import classes from './list-page.module.css';
import { ListTable } from './list-table.tsx';
import { ListToolbar } from './list-toolbar.tsx';
import { useListState } from './use-list-state.ts';

export function ListPage() {
  const { view: name } = useParams({ from: '/frame/list/$view' });
  const view = useModel().view(name);
  // A new view is a new list: nothing of the old one's scroll or search stays.
  return view ? <ViewList key={name} view={view} /> : <NotFoundPage />;
}

function ViewList({ view }: { readonly view: ModelView }) {
  const { t } = useTranslation();
  usePageTitle(view.title);
  const entity = useEntity(view.entity);
  const isPhone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const state = useListState(entity, view);
  const list = useInfiniteList(entity.name, state.query);
  const { limit: _limit, expand: _expand, sort: _sort, ...matching } = state.query;
  const total = useList(entity.name, { ...matching, limit: 1, count: 'exact' }).data?.total;
  const records = useMemo(() => list.data?.pages.flatMap((page) => page.data) ?? [], [list.data]);
  const Records = isPhone ? CardList : ListTable;
  return (
    <div className={classes['page']}>
      <ListToolbar entity={entity} view={view} state={state} total={total} isPhone={isPhone} />
      <FilterChips entity={entity} filter={state.filter} onChange={state.setFilter} />
      {list.isError && !list.data ? (
        <ErrorPage error={list.error} reset={() => void list.refetch()} />
      ) : (
        <Records
          entity={entity}
          state={state}
          records={records}
          total={total}
          isPending={list.isPending}
          isOld={list.isPlaceholderData}
          hasMore={list.hasNextPage}
          onMore={() => {
            if (!list.isFetchingNextPage) void list.fetchNextPage();
          }}
        />
      )}
      <span className={classes['live']} role="status">
        {list.isPending || total === undefined ? '' : t('list.count', { count: total })}
      </span>
    </div>
  );
}
