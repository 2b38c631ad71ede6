import { Button, CloseButton, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAggregate } from '../../api/hooks.ts';
import type { ModelEntity, ModelView } from '../../model/types.ts';
import { useEntity, useModel } from '../../model/use-model.ts';
import { NotFoundPage } from '../../shell/error-page.tsx';
import { usePageTitle } from '../../shell/use-page-title.ts';
import { FilterButton, FilterChips } from '../list/filter-bar.tsx';
import listClasses from '../list/list-page.module.css';
import { boardShape, type BoardShape, columnFigures } from './board-columns.ts';
import { BoardDrag } from './board-drag.tsx';
import classes from './board-page.module.css';
import { BoardColumnView } from './board-column.tsx';
import { type BoardState, useBoardState } from './use-board-state.ts';
import { useBoardMoves } from './use-board-moves.tsx';

/** Records as cards in the columns of their pipeline or of a field. */
export function BoardPage() {
  const { view: name } = useParams({ from: '/frame/board/$view' });
  const model = useModel();
  const view = model.view(name);
  const entity = view ? model.findEntity(view.entity) : undefined;
  const shape = view && entity ? boardShape(model, view, entity) : undefined;
  return view && shape ? <Board key={name} view={view} shape={shape} /> : <NotFoundPage />;
}

function Board({ view, shape }: { readonly view: ModelView; readonly shape: BoardShape }) {
  const entity = useEntity(view.entity);
  usePageTitle(view.title);
  const state = useBoardState(entity, view);
  const { pending, moveTo, dialog } = useBoardMoves(entity, shape.group);
  const sum = shape.sum;
  const aggregate = useAggregate(entity.name, {
    group: [shape.group.key],
    measures: ['count', ...(sum ? [`sum(${sum.key})`] : [])],
    filter: state.condition,
  });
  const figures = useMemo(
    () => columnFigures(aggregate.data?.data ?? [], shape.group, sum),
    [aggregate.data, shape.group, sum],
  );
  return (
    <div className={listClasses['page']}>
      <Toolbar entity={entity} view={view} state={state} />
      <FilterChips entity={entity} filter={state.filter} onChange={state.setFilter} />
      <BoardDrag shape={shape} onMove={moveTo}>
        <div className={classes['board']} role="group" aria-label={view.title}>
          {shape.columns.map((column) => (
            <BoardColumnView
              key={column.key}
              entity={entity}
              shape={shape}
              column={column}
              state={state}
              pending={pending}
              // Counted for the whole column; a search narrows what is shown, so its figures would mislead.
              figure={
                state.q
                  ? undefined
                  : (figures.get(column.key) ?? (aggregate.data ? { count: 0, sum: null } : undefined))
              }
              onMove={moveTo}
            />
          ))}
        </div>
      </BoardDrag>
      {dialog}
    </div>
  );
}

interface ToolbarProps {
  readonly entity: ModelEntity;
  readonly view: ModelView;
  readonly state: BoardState;
}

function Toolbar({ entity, view, state }: ToolbarProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(state.q);
  const send = useDebouncedCallback(state.setSearch, 250);
  const type = (text: string): void => {
    setTyped(text);
    send(text.trim());
  };
  return (
    <div className={listClasses['toolbar']}>
      <div className={listClasses['heading']}>
        <Title order={1}>{view.title}</Title>
      </div>
      <TextInput
        className={listClasses['search'] ?? ''}
        size="xs"
        type="search"
        aria-label={t('list.searchIn', { title: view.title })}
        placeholder={t('common.search')}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={typed ? <CloseButton size="xs" aria-label={t('common.clear')} onClick={() => type('')} /> : null}
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <FilterButton entity={entity} filter={state.filter} onChange={state.setFilter} />
      {entity.can.create ? (
        <Button
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          renderRoot={(props) => <Link to="/$entity/$id" params={{ entity: entity.name, id: 'new' }} {...props} />}
          aria-label={t('common.newOf', { title: entity.title })}
        >
          {t('common.new')}
        </Button>
      ) : null}
    </div>
  );
}
