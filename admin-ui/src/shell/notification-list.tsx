import { Anchor, Button, Center, Group, ScrollArea, Text, UnstyledButton } from '@mantine/core';
import { IconBellCheck, IconChecks, IconPointFilled } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useInfiniteList } from '../api/hooks.ts';
import { formatRelative, useLocale } from '../model/format.ts';
import { useOpenNotification } from './notifications.ts';
import classes from './notification-list.module.css';

interface Props {
  readonly limit: number;
  readonly compact?: boolean;
  readonly onOpened?: () => void;
}

/** Newest first; unread ones carry a dot and a word for screen readers. */
export function NotificationList({ limit, compact = false, onOpened }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const { open, markRead } = useOpenNotification();
  const pages = useInfiniteList('notification', { filter: { user: '$me' }, sort: ['-id'], limit });
  const items = pages.data?.pages.flatMap((page) => page.data) ?? [];
  const unread = items.filter((item) => !item['readAt']);
  const list = (
    <ul className={classes['list']}>
      {items.map((item) => (
        <li key={String(item['id'])}>
          <UnstyledButton
            className={classes['item'] ?? ''}
            data-unread={!item['readAt'] || undefined}
            onClick={() => {
              open(item);
              onOpened?.();
            }}
          >
            <span className={classes['dot']}>
              {item['readAt'] ? null : (
                <IconPointFilled size={14} role="img" aria-label={t('notifications.isUnread')} />
              )}
            </span>
            <span className={classes['text']}>
              <span className={classes['title']}>{String(item['title'] ?? '')}</span>
              {item['body'] ? <span className={classes['body']}>{String(item['body'])}</span> : null}
              <time className={classes['time']} dateTime={String(item['createdAt'])}>
                {item['createdAt'] ? formatRelative(String(item['createdAt']), locale) : ''}
              </time>
            </span>
          </UnstyledButton>
        </li>
      ))}
    </ul>
  );
  return (
    <div>
      <Group justify="space-between" px="md" py={8} className={classes['head'] ?? ''}>
        <Text fw={600}>{t('notifications.title')}</Text>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          disabled={unread.length === 0}
          leftSection={<IconChecks size={14} aria-hidden />}
          onClick={() => void Promise.all(unread.map(markRead))}
        >
          {t('notifications.markAll')}
        </Button>
      </Group>
      {!pages.isPending && items.length === 0 ? (
        <Center py="xl" c="dimmed">
          <Group gap={8}>
            <IconBellCheck size={18} aria-hidden /> {t('notifications.none')}
          </Group>
        </Center>
      ) : null}
      {compact ? <ScrollArea.Autosize mah={420}>{list}</ScrollArea.Autosize> : list}
      {compact ? (
        <Center py={8} className={classes['foot'] ?? ''}>
          <Anchor component={Link} to="/notifications" size="sm" onClick={onOpened}>
            {t('notifications.all')}
          </Anchor>
        </Center>
      ) : pages.hasNextPage ? (
        <Center py="md">
          <Button
            variant="default"
            size="xs"
            loading={pages.isFetchingNextPage}
            onClick={() => void pages.fetchNextPage()}
          >
            {t('common.more')}
          </Button>
        </Center>
      ) : null}
    </div>
  );
}
