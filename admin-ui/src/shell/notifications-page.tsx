import { useTranslation } from 'react-i18next';
import { useModel } from '../model/use-model.ts';
import { NotificationList } from './notification-list.tsx';
import { NotFoundPage } from './error-page.tsx';
import { usePageTitle } from './use-page-title.ts';

export function NotificationsPage() {
  const { t } = useTranslation();
  usePageTitle(t('notifications.title'));
  if (!useModel().findEntity('notification')) return <NotFoundPage />;
  return (
    <div style={{ overflowY: 'auto', height: '100%' }}>
      <div style={{ maxWidth: 720, marginInline: 'auto', paddingBlock: 8 }}>
        <NotificationList limit={50} />
      </div>
    </div>
  );
}
