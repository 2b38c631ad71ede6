import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSave } from '../../api/hooks.ts';
import { errorText } from '../../i18n/error-text.ts';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { useMoveRecord } from '../move/use-move-record.tsx';
import type { BoardColumn, BoardShape, PendingMove } from './board-columns.ts';

export interface BoardMoves {
  readonly pending: ReadonlyMap<string, PendingMove>;
  readonly moveTo: (record: RecordData, column: BoardColumn) => void;
  readonly dialog: ReactNode;
}

/** Moves stand on screen at once; one that is refused and not put right goes back. */
export function useBoardMoves(entity: ModelEntity, group: BoardShape['group']): BoardMoves {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { move, dialog } = useMoveRecord(entity);
  const save = useSave(entity.name);
  const [pending, setPending] = useState<ReadonlyMap<string, PendingMove>>(new Map());

  const carryOut = async (record: RecordData, column: BoardColumn): Promise<void> => {
    if (column.stage) {
      await move(record, column.stage);
      return;
    }
    try {
      await save.mutateAsync({ id: String(record['id']), values: { [group.key]: column.value } });
    } catch (error) {
      notifications.show({ color: 'red', message: errorText(error, t) });
    }
  };
  const moveTo = (record: RecordData, column: BoardColumn): void => {
    const id = String(record['id']);
    if ((record[group.key] ?? null) === column.value || pending.has(id)) return;
    setPending((known) => new Map(known).set(id, { record: { ...record, [group.key]: column.value }, to: column.key }));
    void (async () => {
      await carryOut(record, column);
      // The columns hold the truth again before the picture of it is taken away: nothing jumps.
      await client.refetchQueries({ queryKey: ['infinite', entity.name], type: 'active' });
      setPending((known) => {
        const left = new Map(known);
        left.delete(id);
        return left;
      });
    })();
  };
  return { pending, moveTo, dialog };
}
