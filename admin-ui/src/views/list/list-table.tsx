import { Skeleton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { columnSizingFeature, type ColumnDef, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, memo, type MouseEvent, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../fields/registry.ts';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { ColumnCell } from './column-cell.tsx';
import { growingColumn, holderOf, isSortable, type ListColumn } from './columns.ts';
import { EmptyList } from './empty-list.tsx';
import { nextSort } from './filters.ts';
import classes from './list-page.module.css';
import type { RecordsProps } from './records-props.ts';
import { RecordTitle } from './record-title.tsx';

const ROW = 38;
const features = tableFeatures({ columnSizingFeature });
type Column = ColumnDef<typeof features, RecordData>;

const NAME_WIDTH = 240;

/** Room for the words of a head, its arrow and its edges, within reason. */
const headWidth = (title: string): number => Math.min(230, Math.ceil(title.length * 7.4) + 46);

/** Room for the longest of the choices and the sign before it, so that none is cut. */
function choiceWidth({ field }: ListColumn): number | undefined {
  if (field.type !== 'select' || !field.options) return undefined;
  const longest = Math.max(0, ...field.options.map((option) => option.title.length));
  return Math.min(200, Math.max(96, Math.ceil(longest * 7.2) + 48));
}

const columnsOf = (shown: readonly ListColumn[], growing: number): Column[] =>
  shown.map((column, index) => ({
    id: column.key,
    accessorFn: (record) => holderOf(column, record)?.[column.field.key],
    size: Math.max(
      choiceWidth(column) ?? fieldModule(column.field.type).width ?? 160,
      headWidth(column.title),
      index === growing ? NAME_WIDTH : 0,
    ),
  }));

/** Only the rows in sight are in the page; the next ones are fetched before their end is reached. */
export function ListTable({ entity, state, records, total, isPending, isOld, hasMore, onMore }: RecordsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const growing = growingColumn(entity, state.shown);
  const columns = useMemo(() => columnsOf(state.shown, growing), [state.shown, growing]);
  const table = useTable({ features, columns, data: records, getRowId: (record) => String(record['id']) });
  const { rows } = table.getRowModel();
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const visible = virtual.getVirtualItems();
  const last = visible.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && last >= rows.length - 30) onMore();
  }, [hasMore, last, rows.length, onMore]);
  const openRow = useOpenRow(entity);
  if (!isPending && rows.length === 0) return <EmptyList entity={entity} state={state} />;
  const before = visible[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (visible.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className={classes['scroll']}>
      <table
        className={isOld ? `${classes['table']} ${classes['old']}` : classes['table']}
        style={{ minWidth: table.getTotalSize() }}
        aria-rowcount={(total ?? records.length) + 1}
      >
        <colgroup>
          {table.getAllLeafColumns().map((column, index) => (
            <col key={column.id} {...(index === growing ? {} : { style: { width: column.getSize() } })} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {state.shown.map((column) => (
              <HeadCell key={column.key} column={column} sort={state.sort} onSort={state.setSort} />
            ))}
          </tr>
        </thead>
        <tbody onClick={openRow} onKeyDown={moveBetweenRows}>
          <Spacer height={before} span={columns.length} />
          {isPending ? <WaitingRows span={columns.length} /> : null}
          {visible.map(({ index }) => {
            const row = rows[index];
            return row ? (
              <Row key={row.id} record={row.original} columns={state.shown} entity={entity} index={index} />
            ) : null;
          })}
          <Spacer height={after} span={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly record: RecordData;
  readonly columns: readonly ListColumn[];
  readonly entity: ModelEntity;
  readonly index: number;
}

const Row = memo(
  function Row({ record, columns, entity, index }: RowProps) {
    return (
      <tr data-row={String(record['id'])} aria-rowindex={index + 2}>
        {columns.map((column, at) => (
          <td key={column.key} data-align={fieldModule(column.field.type).align}>
            {at === 0 ? (
              <RecordTitle entity={entity} record={record} column={column} />
            ) : (
              <ColumnCell column={column} record={record} />
            )}
          </td>
        ))}
      </tr>
    );
  },
  (a, b) => a.record === b.record && a.columns === b.columns && a.index === b.index,
);

function Spacer({ height, span }: { readonly height: number; readonly span: number }) {
  return height > 0 ? (
    <tr className={classes['spacer']} aria-hidden>
      <td colSpan={span} style={{ height }} />
    </tr>
  ) : null;
}

function WaitingRows({ span }: { readonly span: number }) {
  return Array.from({ length: 12 }, (_, row) => (
    <tr key={row} aria-hidden>
      <td colSpan={span}>
        <Skeleton h={12} w={`${90 - ((row * 17) % 40)}%`} />
      </td>
    </tr>
  ));
}

interface HeadProps {
  readonly column: ListColumn;
  readonly sort: string | undefined;
  readonly onSort: (sort: string | undefined) => void;
}

function HeadCell({ column, sort, onSort }: HeadProps) {
  const { t } = useTranslation();
  const { key, title } = column;
  const order = sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
  const Arrow = order === 'ascending' ? IconArrowUp : IconArrowDown;
  const align = fieldModule(column.field.type).align;
  if (!isSortable(column)) {
    return (
      <th scope="col" data-align={align}>
        <span className={classes['head']}>
          <span>{title}</span>
        </span>
      </th>
    );
  }
  return (
    <th scope="col" aria-sort={order} data-align={align}>
      <button
        type="button"
        className={classes['head']}
        title={t('list.sortBy', { title })}
        onClick={() => onSort(nextSort(sort, key))}
      >
        <span>{title}</span>
        {order === 'none' ? null : <Arrow size={12} aria-hidden />}
      </button>
    </th>
  );
}

/** A click anywhere in a row opens it, unless it was on a link or chose text. */
function useOpenRow(entity: ModelEntity) {
  const navigate = useNavigate();
  return (event: MouseEvent<HTMLElement>): void => {
    const target = event.target as HTMLElement;
    const id = target.closest<HTMLElement>('tr[data-row]')?.dataset['row'];
    if (!id || target.closest('a, button, input') || window.getSelection()?.toString()) return;
    void navigate({ to: '/$entity/$id', params: { entity: entity.name, id } });
  };
}

/** Up and down arrows go from record to record. */
function moveBetweenRows(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const row = (event.target as HTMLElement).closest('tr');
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  const link = next?.querySelector<HTMLElement>('a[data-record]');
  if (!link) return;
  event.preventDefault();
  link.focus();
}
