import { notifications } from '@mantine/notifications';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/client.ts';
import { useMove } from '../../api/hooks.ts';
import { errorText } from '../../i18n/error-text.ts';
import type { ModelEntity, RecordData, Stage } from '../../model/types.ts';

const MoveDialog = lazy(() => import('./move-dialog.tsx').then((module) => ({ default: module.MoveDialog })));

interface Refused {
  readonly record: RecordData;
  readonly stage: Stage;
  readonly problem: ApiError;
  readonly finish: (moved: boolean) => void;
}

export interface MoveRecord {
  /** Tries the move; a refusal that can be answered opens the dialog. True when the record stands in the stage at the end. */
  readonly move: (record: RecordData, stage: Stage) => Promise<boolean>;
  readonly dialog: ReactNode;
  /** The stage a move is under way to. */
  readonly movingTo: string | undefined;
}

/** The one way to move a record between stages, for the bar of a card and for a board. */
export function useMoveRecord(entity: ModelEntity, options: { readonly isCard?: boolean } = {}): MoveRecord {
  const { t } = useTranslation();
  const moving = useMove(entity.name);
  const [refused, setRefused] = useState<Refused | null>(null);
  const [movingTo, setMovingTo] = useState<string>();

  const move = async (record: RecordData, stage: Stage): Promise<boolean> => {
    setMovingTo(stage.key);
    try {
      await moving.mutateAsync({ id: String(record['id']), to: stage.key });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 422) {
        setMovingTo(undefined);
        return await new Promise((finish) => setRefused({ record, stage, problem: error, finish }));
      }
      notifications.show({ color: 'red', message: errorText(error, t) });
      return false;
    } finally {
      setMovingTo(undefined);
    }
  };
  const close = (moved: boolean): void => {
    refused?.finish(moved);
    setRefused(null);
  };
  const dialog = refused ? (
    <Suspense>
      <MoveDialog
        key={`${String(refused.record['id'])}/${refused.stage.key}`}
        entity={entity}
        record={refused.record}
        stage={refused.stage}
        problem={refused.problem}
        isCard={options.isCard ?? false}
        onClose={close}
      />
    </Suspense>
  ) : null;
  return { move, dialog, movingTo };
}
