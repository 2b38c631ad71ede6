import { useNavigate } from '@tanstack/react-router';
import { useList, useSave } from '../api/hooks.ts';
import { referenceOf } from '../model/display.ts';
import type { RecordData } from '../model/types.ts';
import { useModel } from '../model/use-model.ts';

const UNREAD = { user: '$me', readAt: { empty: true } } as const;

/** Null where the business keeps no notifications. */
export function useUnread(): {
  readonly count: number;
  readonly newest: RecordData | undefined;
  readonly isKnown: boolean;
} | null {
  const exists = useModel().findEntity('notification') !== undefined;
  const { data } = useList('notification', { filter: UNREAD, limit: 1, count: 'exact' }, { enabled: exists });
  return exists ? { count: data?.total ?? 0, newest: data?.data[0], isKnown: data !== undefined } : null;
}

/** Reading a notification marks it and opens what it is about. */
export function useOpenNotification() {
  const model = useModel();
  const navigate = useNavigate();
  const save = useSave('notification');
  const markRead = async (notification: RecordData): Promise<void> => {
    if (notification['readAt']) return;
    await save.mutateAsync({ id: String(notification['id']), values: { readAt: new Date().toISOString() } });
  };
  const open = (notification: RecordData): void => {
    void markRead(notification);
    const field = model.field('notification', 'about');
    const about = field ? referenceOf(notification['about'], field) : null;
    if (about) void navigate({ to: '/$entity/$id', params: { entity: about.entity, id: about.id } });
  };
  return { open, markRead };
}
