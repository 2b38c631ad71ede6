import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { useRemove, useRestore } from '../../api/hooks.ts';
import { errorText } from '../../i18n/error-text.ts';
import { displayOf } from '../../model/display.ts';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { UndoMessage } from '../tasks/undo-message.tsx';

const LONG_ENOUGH_MS = 12_000;

/** Deletes at once, with a way back in a toast. True when it is gone. */
export function useDelete(entity: ModelEntity, options: { readonly onRestored?: (record: RecordData) => void } = {}) {
  const { t } = useTranslation();
  const model = useModel();
  const removing = useRemove(entity.name);
  const restoring = useRestore(entity.name);
  return async (record: RecordData): Promise<boolean> => {
    const id = String(record['id']);
    const title = displayOf(model, entity, record) || entity.title;
    try {
      await removing.mutateAsync(id);
    } catch (error) {
      notifications.show({ color: 'red', message: errorText(error, t) });
      return false;
    }
    const toast = `deleted:${id}`;
    const undo = async (): Promise<void> => {
      notifications.hide(toast);
      try {
        const restored = await restoring.mutateAsync(id);
        options.onRestored?.(restored);
      } catch (error) {
        notifications.show({ color: 'red', message: errorText(error, t) });
      }
    };
    notifications.show({
      id: toast,
      autoClose: LONG_ENOUGH_MS,
      message: <UndoMessage text={t('card.deleted', { title })} onUndo={() => void undo()} />,
    });
    return true;
  };
}
