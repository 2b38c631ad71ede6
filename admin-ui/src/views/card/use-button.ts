import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import { usePress } from '../../api/hooks.ts';
import { errorText } from '../../i18n/error-text.ts';
import type { ModelEntity } from '../../model/types.ts';

type Outcome = 'done' | 'skipped' | 'failed' | 'started';

const OUTCOMES: Readonly<Record<string, Outcome>> = {
  done: 'done',
  waiting: 'done',
  skipped: 'skipped',
  failed: 'failed',
  stopped: 'failed',
};

/** Sets a rule off for a record and tells what has come of it. */
export function useButton(entity: ModelEntity) {
  const { t } = useTranslation();
  const pressing = usePress(entity.name);
  return async ({ name, title }: { readonly name: string; readonly title: string }, id: string): Promise<void> => {
    try {
      const { state } = await pressing.mutateAsync({ rule: name, id });
      const outcome = OUTCOMES[state] ?? 'started';
      notifications.show({
        ...(outcome === 'failed' ? { color: 'red' } : {}),
        message: t(`card.button.${outcome}`, { title }),
      });
    } catch (error) {
      notifications.show({ color: 'red', message: errorText(error, t) });
    }
  };
}
