import { UnstyledButton } from '@mantine/core';
import { IconMenu2 } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useModel } from '../model/use-model.ts';
import { menuItems } from './menu-items.tsx';
import classes from './phone-bar.module.css';

const SHOWN = 4;

/** The first places of the menu under the thumb; the rest behind "More". */
export function PhoneBar({ onMore, moreOpen }: { readonly onMore: () => void; readonly moreOpen: boolean }) {
  const { t } = useTranslation();
  const items = menuItems(useModel(), { day: t('tasks.title'), reports: t('shell.reports') }).slice(0, SHOWN);
  return (
    <nav className={classes['bar']} aria-label={t('shell.pages')}>
      {items.map((item) => (
        <Link
          key={item.key}
          to={item.to}
          params={item.params ?? {}}
          className={classes['item']}
          activeOptions={{ exact: item.to === '/', includeSearch: false }}
        >
          <item.icon size={22} stroke={1.6} aria-hidden />
          <span>{item.title}</span>
        </Link>
      ))}
      <UnstyledButton className={classes['item'] ?? ''} onClick={onMore} aria-expanded={moreOpen}>
        <IconMenu2 size={22} stroke={1.6} aria-hidden />
        <span>{t('common.more')}</span>
      </UnstyledButton>
    </nav>
  );
}
