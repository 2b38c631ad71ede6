import { Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { ColumnCell } from './column-cell.tsx';
import { growingColumn, holderOf, type ListColumn } from './columns.ts';
import { EmptyList } from './empty-list.tsx';
import classes from './list-page.module.css';
import type { RecordsProps } from './records-props.ts';
import { RecordTitle } from './record-title.tsx';

/** More facts than this make a card of a phone too long to scan. */
const FACTS = 4;

/** A list on a phone: what the record is called and its first facts. */
export function CardList({ entity, state, records, isPending, hasMore, onMore }: RecordsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: records.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 100,
    overscan: 6,
    getItemKey: (index) => String(records[index]?.['id'] ?? index),
  });
  const visible = virtual.getVirtualItems();
  const last = visible.at(-1)?.index ?? -1;
  useEffect(() => {
    if (hasMore && last >= records.length - 20) onMore();
  }, [hasMore, last, records.length, onMore]);
  if (!isPending && records.length === 0) return <EmptyList entity={entity} state={state} />;
  return (
    <div ref={scroller} className={classes['scroll']}>
      {isPending ? Array.from({ length: 6 }, (_, index) => <Skeleton key={index} h={72} m="md" w="auto" />) : null}
      <div style={{ position: 'relative', height: virtual.getTotalSize() }} role="list">
        {visible.map((item) => {
          const record = records[item.index];
          return record ? (
            <div
              key={item.key}
              role="listitem"
              ref={virtual.measureElement}
              data-index={item.index}
              className={classes['card']}
              style={{ position: 'absolute', insetInline: 0, top: 0, transform: `translateY(${item.start}px)` }}
            >
              <RecordCard entity={entity} record={record} columns={state.shown} />
            </div>
          ) : null;
        })}
      </div>
    </div>
  );
}

interface CardProps {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly columns: readonly ListColumn[];
}

const isFilled = (column: ListColumn, record: RecordData): boolean => {
  const value = holderOf(column, record)?.[column.field.key] ?? '';
  return value !== '' && !(Array.isArray(value) && value.length === 0);
};

function RecordCard({ entity, record, columns }: CardProps) {
  const heading = columns[growingColumn(entity, columns)];
  if (!heading) return null;
  const facts = columns.filter((column) => column !== heading && isFilled(column, record)).slice(0, FACTS);
  return (
    <>
      <span className={classes['cardTitle']}>
        <RecordTitle entity={entity} record={record} column={heading} />
      </span>
      <dl className={classes['facts']}>
        {facts.map((column) => (
          <div key={column.key} style={{ display: 'contents' }}>
            <dt>{column.title}</dt>
            <dd>
              <ColumnCell column={column} record={record} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
