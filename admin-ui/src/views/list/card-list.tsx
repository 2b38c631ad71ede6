import { Skeleton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { fieldModule } from '../../fields/registry.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';
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
              <RecordCard entity={entity} record={record} fields={state.shown} />
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
  readonly fields: readonly ModelField[];
}

function RecordCard({ entity, record, fields }: CardProps) {
  const [first, ...others] = fields;
  if (!first) return null;
  const facts = others
    .filter((field) => record[field.key] !== null && record[field.key] !== undefined && record[field.key] !== '')
    .slice(0, FACTS);
  return (
    <>
      <span className={classes['cardTitle']}>
        <RecordTitle entity={entity} record={record} field={first} />
      </span>
      <dl className={classes['facts']}>
        {facts.map((field) => {
          const { Cell } = fieldModule(field.type);
          return (
            <div key={field.key} style={{ display: 'contents' }}>
              <dt>{field.title}</dt>
              <dd>
                <Cell field={field} value={record[field.key] ?? null} record={record} entity={entity} />
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
}
