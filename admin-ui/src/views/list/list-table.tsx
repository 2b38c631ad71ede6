import { Skeleton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { columnSizingFeature, type ColumnDef, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, memo, type MouseEvent, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../fields/registry.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';
import { EmptyList } from './empty-list.tsx';
import { nextSort } from './filters.ts';
import classes from './list-page.module.css';
import type { RecordsProps } from './records-props.ts';
import { RecordTitle } from './record-title.tsx';
import { isSortable } from './use-list-state.ts';

const ROW = 38;
const features = tableFeatures({ columnSizingFeature });
type Column = ColumnDef<typeof features, RecordData>;

/** The columns of the chosen fields; the first is wider, for it names the record. */
const columnsOf = (fields: readonly ModelField[]): Column[] =>
  fields.map((field, index) => ({
    id: field.key,
    accessorFn: (record) => record[field.key],
    size: Math.max(fieldModule(field.type).width ?? 160, index === 0 ? 260 : 0),
    meta: { field },
  }));

/** Only the rows in sight are in the page; the next ones are fetched before their end is reached. */
export function ListTable({ entity, state, records, total, isPending, isOld, hasMore, onMore }: RecordsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsOf(state.shown), [state.shown]);
  const table = useTable({ features, columns, data: records, getRowId: (record) => String(record['id']) });
  const { rows } = table.getRowModel();
  const fields = useMemo(() => new Map(state.shown.map((field) => [field.key, field])), [state.shown]);
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
            <col key={column.id} {...(index === 0 ? {} : { style: { width: column.getSize() } })} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            {state.shown.map((field) => (
              <HeadCell key={field.key} field={field} sort={state.sort} onSort={state.setSort} />
            ))}
          </tr>
        </thead>
        <tbody onClick={openRow} onKeyDown={moveBetweenRows}>
          <Spacer height={before} span={columns.length} />
          {isPending ? <WaitingRows span={columns.length} /> : null}
          {visible.map(({ index }) => {
            const row = rows[index];
            return row ? (
              <Row
                key={row.id}
                record={row.original}
                keys={row.getAllCells().map((cell) => cell.column.id)}
                fields={fields}
                entity={entity}
                index={index}
              />
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
  readonly keys: readonly string[];
  readonly fields: ReadonlyMap<string, ModelField>;
  readonly entity: ModelEntity;
  readonly index: number;
}

const Row = memo(
  function Row({ record, keys, fields, entity, index }: RowProps) {
    return (
      <tr data-row={String(record['id'])} aria-rowindex={index + 2}>
        {keys.map((key, at) => {
          const field = fields.get(key);
          if (!field) return null;
          const { Cell, align } = fieldModule(field.type);
          return (
            <td key={key} data-align={align}>
              {at === 0 ? (
                <RecordTitle entity={entity} record={record} field={field} />
              ) : (
                <Cell field={field} value={record[key] ?? null} record={record} entity={entity} />
              )}
            </td>
          );
        })}
      </tr>
    );
  },
  (a, b) => a.record === b.record && a.fields === b.fields && a.index === b.index,
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
  readonly field: ModelField;
  readonly sort: string | undefined;
  readonly onSort: (sort: string | undefined) => void;
}

function HeadCell({ field, sort, onSort }: HeadProps) {
  const { t } = useTranslation();
  const order = sort === field.key ? 'ascending' : sort === `-${field.key}` ? 'descending' : 'none';
  const Arrow = order === 'ascending' ? IconArrowUp : IconArrowDown;
  const align = fieldModule(field.type).align;
  if (!isSortable(field)) {
    return (
      <th scope="col" data-align={align}>
        <span className={classes['head']}>{field.title}</span>
      </th>
    );
  }
  return (
    <th scope="col" aria-sort={order} data-align={align}>
      <button
        type="button"
        className={classes['head']}
        title={t('list.sortBy', { title: field.title })}
        onClick={() => onSort(nextSort(sort, field.key))}
      >
        {field.title}
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
