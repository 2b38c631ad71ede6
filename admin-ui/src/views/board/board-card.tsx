import { useDraggable } from '@dnd-kit/react';
import { ActionIcon, Menu } from '@mantine/core';
import { IconArrowsMove } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../fields/registry.ts';
import { displayOf } from '../../model/display.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import type { BoardColumn, BoardShape } from './board-columns.ts';
import type { CardDragData } from './board-drag.tsx';
import classes from './board-page.module.css';

interface Props {
  readonly entity: ModelEntity;
  readonly shape: BoardShape;
  readonly record: RecordData;
  /** On its way: not to be taken again before it has arrived. */
  readonly isMoving: boolean;
  readonly onMove: (record: RecordData, column: BoardColumn) => void;
}

const isFilled = (value: unknown): boolean => value !== null && value !== undefined && value !== '' && value !== false;

/** A record on the board: what it is called, its facts, and a menu that moves it without dragging. */
export function BoardCard({ entity, shape, record, isMoving, onMove }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const title = displayOf(model, entity, record) || t('list.untitled');
  const data: CardDragData = { record, title };
  const { ref, isDragging } = useDraggable({
    id: String(record['id']),
    data,
    disabled: isMoving || !entity.can.update,
  });
  const facts = shape.facts.filter((field) => isFilled(record[field.key]));
  const small = facts.filter((field) => field === shape.sum || field.type === 'date' || field.type === 'dateTime');
  const lines = facts.filter((field) => !small.includes(field));
  return (
    <article
      ref={ref}
      className={classes['card']}
      data-dragging={isDragging || undefined}
      data-moving={isMoving || undefined}
      aria-label={title}
    >
      <div className={classes['cardHead']}>
        <Link
          to="/$entity/$id"
          params={{ entity: entity.name, id: String(record['id']) }}
          className={classes['cardTitle']}
          draggable={false}
        >
          {title}
        </Link>
        {entity.can.update ? <MoveMenu shape={shape} record={record} title={title} onMove={onMove} /> : null}
      </div>
      {lines.map((field) => (
        <div key={field.key} className={classes['fact']} title={field.title}>
          <Fact entity={entity} field={field} record={record} />
        </div>
      ))}
      {small.length > 0 ? (
        <div className={classes['small']}>
          {small.map((field) => (
            <span key={field.key} title={field.title} data-sum={field === shape.sum || undefined}>
              {field === shape.sum ? null : <span className={classes['label']}>{field.title}</span>}
              <Fact entity={entity} field={field} record={record} />
            </span>
          ))}
        </div>
      ) : null}
    </article>
  );
}

interface FactProps {
  readonly entity: ModelEntity;
  readonly field: ModelField;
  readonly record: RecordData;
}

/** A reference as plain words: the card is one thing to take hold of, not a row of links. */
function Fact({ entity, field, record }: FactProps) {
  const model = useModel();
  const value = record[field.key] ?? null;
  const { Cell } = fieldModule(field.type);
  const target = field.reference?.to[0];
  if (target && !field.reference?.many && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return <>{displayOf(model, target, value as RecordData)}</>;
  }
  return <Cell field={field} value={value} record={record} entity={entity} />;
}

interface MenuProps {
  readonly shape: BoardShape;
  readonly record: RecordData;
  readonly title: string;
  readonly onMove: Props['onMove'];
}

function MoveMenu({ shape, record, title, onMove }: MenuProps) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="sm" className={classes['moveButton'] ?? ''} aria-label={t('board.move', { title })}>
          <IconArrowsMove size={14} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('board.moveTo')}</Menu.Label>
        {shape.columns.map((column) => (
          <Menu.Item
            key={column.key}
            disabled={(record[shape.group.key] ?? null) === column.value}
            onClick={() => onMove(record, column)}
          >
            {column.title || t('board.none')}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
