import { Popover, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconBell } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { NotificationList } from './notification-list.tsx';
import { useOpenNotification, useUnread } from './notifications.ts';
import classes from './bell.module.css';
import side from './side-menu.module.css';

/** The unread count, live, and the newest notifications. `icon`: only the bell, for the head of a phone. */
export function Bell({ narrow, icon = false }: { readonly narrow: boolean; readonly icon?: boolean }) {
  const { t } = useTranslation();
  const [opened, control] = useDisclosure(false);
  const unread = useUnread();
  useArrivalToast(unread);
  if (!unread) return null;
  const label = unread.count > 0 ? t('notifications.unread', { count: unread.count }) : t('notifications.title');
  return (
    <Popover
      opened={opened}
      onChange={control.toggle}
      position={icon ? 'bottom-end' : 'right-end'}
      width={360}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <UnstyledButton className={icon ? classes['icon'] : side['action']} onClick={control.toggle} aria-label={label}>
          <span className={classes['bell']}>
            <IconBell size={icon ? 20 : 18} stroke={1.6} aria-hidden />
            {unread.count > 0 ? (
              <span className={classes['count']}>{unread.count > 99 ? '99+' : unread.count}</span>
            ) : null}
          </span>
          {narrow || icon ? null : t('notifications.title')}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={t('notifications.title')}>
        <NotificationList limit={20} onOpened={control.close} compact />
      </Popover.Dropdown>
    </Popover>
  );
}

/** A word about what has just arrived; what was unread before is not announced again. */
function useArrivalToast(unread: ReturnType<typeof useUnread>): void {
  const { open } = useOpenNotification();
  const known = useRef<string | null>(null);
  const newest = unread?.newest;
  useEffect(() => {
    const id = newest ? String(newest['id']) : '';
    // Ids are made in order of time: a smaller one is an older notification that came up by reading the newest.
    if (known.current !== null && newest && id > known.current) {
      notifications.show({
        id,
        title: String(newest['title'] ?? ''),
        message: String(newest['body'] ?? ''),
        color: 'pine',
        autoClose: 8000,
        onClick: () => open(newest),
        style: { cursor: 'pointer' },
      });
    }
    if (unread?.isKnown && (known.current === null || id > known.current)) known.current = id;
  }, [newest, unread, open]);
}
