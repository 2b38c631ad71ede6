import { Accessibility } from '@dnd-kit/dom';
import {
  DragDropProvider,
  type DragEndEvent,
  type DragOverEvent,
  type DragStartEvent,
  KeyboardSensor,
  PointerSensor,
} from '@dnd-kit/react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { RecordData } from '../../model/types.ts';
import type { BoardColumn, BoardShape } from './board-columns.ts';

interface Props {
  readonly shape: BoardShape;
  readonly onMove: (record: RecordData, column: BoardColumn) => void;
  readonly children: ReactNode;
}

export interface CardDragData {
  readonly record: RecordData;
  readonly title: string;
  [key: string]: unknown;
}

/** One press of an arrow key carries a card over one column. */
const COLUMN_STEP = { x: 216, y: 60 };

/** A card is taken anywhere, by its title too though that is a link; only a press on its menu button is not meant for it. */
const isOnButton = ({ target }: PointerEvent): boolean =>
  target instanceof Element && target.closest('button') !== null;

/** Carries cards between columns by mouse, by touch (press, then drag) and by keyboard, telling screen readers what happens. */
export function BoardDrag({ shape, onMove, children }: Props) {
  const { t } = useTranslation();
  const columnTitle = (key: unknown): string => shape.columns.find((column) => column.key === key)?.title ?? '';
  const title = (data: unknown): string => (data as CardDragData | undefined)?.title ?? '';
  return (
    <DragDropProvider
      sensors={[
        PointerSensor.configure({ preventActivation: isOnButton }),
        KeyboardSensor.configure({ offset: COLUMN_STEP }),
      ]}
      plugins={(usual) => [
        ...usual.filter((plugin) => plugin !== Accessibility),
        Accessibility.configure({
          screenReaderInstructions: { draggable: t('board.instructions') },
          announcements: {
            dragstart: ({ operation }: DragStartEvent) => t('board.taken', { title: title(operation.source?.data) }),
            dragover: ({ operation }: DragOverEvent) =>
              operation.target ? t('board.over', { column: columnTitle(operation.target.id) }) : undefined,
            dragend: ({ operation, canceled }: DragEndEvent) =>
              canceled || !operation.target
                ? t('board.leftAlone')
                : t('board.dropped', {
                    title: title(operation.source?.data),
                    column: columnTitle(operation.target.id),
                  }),
          },
        }),
      ]}
      onDragEnd={({ operation, canceled }) => {
        const column = shape.columns.find((one) => one.key === operation.target?.id);
        const data = operation.source?.data as CardDragData | undefined;
        if (!canceled && column && data) onMove(data.record, column);
      }}
    >
      {children}
    </DragDropProvider>
  );
}
