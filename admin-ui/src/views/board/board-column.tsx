import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core';
import { useDroppable } from '@dnd-kit/react';
import { useLocalStorage } from '@mantine/hooks';
import { IconArrowBarLeft, IconCircleCheckFilled, IconCircleXFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useInfiniteList } from '../../api/hooks.ts';
import { fieldModule } from '../../fields/registry.ts';
import { errorText } from '../../i18n/error-text.ts';
import { expandFor } from '../../model/display.ts';
import { formatNumber, useLocale } from '../../model/format.ts';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { allOf } from '../list/filters.ts';
import { BoardCard } from './board-card.tsx';
import {
  type BoardColumn,
  type BoardShape,
  type ColumnFigure,
  columnFilter,
  type PendingMove,
  withMoves,
} from './board-columns.ts';
import classes from './board-page.module.css';
import type { BoardState } from './use-board-state.ts';

interface Props {
  readonly entity: ModelEntity;
  readonly shape: BoardShape;
  readonly column: BoardColumn;
  readonly state: BoardState;
  readonly pending: ReadonlyMap<string, PendingMove>;
  /** Unknown while loading and while a search is on. */
  readonly figure: ColumnFigure | undefined;
  readonly onMove: (record: RecordData, column: BoardColumn) => void;
}

/** A column; ends of the pipeline are folded until they are wanted. */
export function BoardColumnView(props: Props) {
  const { entity, column } = props;
  const [isOpen, setOpen] = useLocalStorage({
    key: `casement.column.${entity.name}.${column.key}`,
    defaultValue: !column.isEnd,
    getInitialValueInEffect: false,
  });
  const { ref, isDropTarget } = useDroppable({ id: column.key });
  const fold = column.isEnd ? () => setOpen(!isOpen) : undefined;
  return (
    <section
      ref={ref}
      className={classes['column']}
      data-over={isDropTarget || undefined}
      data-folded={!isOpen || undefined}
      aria-label={column.title}
    >
      {isOpen ? (
        <>
          <ColumnHead {...props} onFold={fold} />
          <ColumnCards {...props} />
        </>
      ) : (
        <FoldedColumn {...props} onOpen={() => setOpen(true)} />
      )}
    </section>
  );
}

function Sign({ column }: { readonly column: BoardColumn }) {
  if (column.stage?.kind === 'won') return <IconCircleCheckFilled size={14} aria-hidden className={classes['won']} />;
  if (column.stage?.kind === 'lost') return <IconCircleXFilled size={14} aria-hidden className={classes['lost']} />;
  return null;
}

function useFigures({ figure, shape, entity }: Props): { readonly count: string; readonly sum: React.ReactNode } {
  const locale = useLocale();
  const { sum } = shape;
  if (!figure) return { count: '', sum: null };
  const Cell = sum ? fieldModule(sum.type).Cell : null;
  const hasSum = figure.sum !== null && Number(figure.sum) !== 0;
  return {
    count: formatNumber(figure.count, locale),
    sum: sum && Cell && hasSum ? <Cell field={sum} value={figure.sum} record={{}} entity={entity} /> : null,
  };
}

function ColumnHead(props: Props & { readonly onFold: (() => void) | undefined }) {
  const { t } = useTranslation();
  const { column, onFold } = props;
  const { count, sum } = useFigures(props);
  const title = column.title || t('board.none');
  return (
    <header className={classes['columnHead']}>
      <Sign column={column} />
      <Tooltip label={column.stage?.help} disabled={!column.stage?.help} multiline maw={320} position="bottom-start">
        <h2 className={classes['columnTitle']}>{title}</h2>
      </Tooltip>
      <span className={classes['count']}>{count}</span>
      <span className={classes['sum']}>{sum}</span>
      {onFold ? (
        <ActionIcon size="sm" aria-label={t('board.fold', { title })} onClick={onFold}>
          <IconArrowBarLeft size={14} />
        </ActionIcon>
      ) : null}
    </header>
  );
}

function FoldedColumn(props: Props & { readonly onOpen: () => void }) {
  const { t } = useTranslation();
  const { count, sum } = useFigures(props);
  return (
    <button
      type="button"
      className={classes['folded']}
      onClick={props.onOpen}
      aria-label={t('board.unfold', { title: props.column.title })}
    >
      <Sign column={props.column} />
      <span className={classes['foldedText']}>
        {props.column.title} <span className={classes['count']}>{count}</span>{' '}
        <span className={classes['sum']}>{sum}</span>
      </span>
    </button>
  );
}

const PAGE = 30;

function ColumnCards({ entity, shape, column, state, pending, onMove }: Props) {
  const { t } = useTranslation();
  const list = useInfiniteList(entity.name, {
    filter: allOf(state.condition, columnFilter(shape.group, column)),
    limit: PAGE,
    expand: expandFor(
      entity,
      shape.facts.map((field) => field.key),
    ),
    ...(state.sort ? { sort: state.sort } : {}),
    ...(state.q ? { search: state.q } : {}),
  });
  const records = withMoves(list.data?.pages.flatMap((page) => page.data) ?? [], column.key, pending);
  return (
    <div className={classes['cards']}>
      {list.isPending ? <Skeleton h={88} /> : null}
      {list.isError && !list.data ? <p className={classes['nothing']}>{errorText(list.error, t)}</p> : null}
      {records.map((record) => (
        <BoardCard
          key={String(record['id'])}
          entity={entity}
          shape={shape}
          record={record}
          isMoving={pending.has(String(record['id']))}
          onMove={onMove}
        />
      ))}
      {list.data && records.length === 0 ? <p className={classes['nothing']}>{t('board.empty')}</p> : null}
      {list.hasNextPage ? (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          loading={list.isFetchingNextPage}
          onClick={() => void list.fetchNextPage()}
        >
          {t('board.more')}
        </Button>
      ) : null}
    </div>
  );
}
