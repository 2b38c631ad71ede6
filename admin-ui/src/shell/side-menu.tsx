import { ActionIcon, Menu, ScrollArea, Tooltip, UnstyledButton } from '@mantine/core';
import { IconChevronsLeft, IconChevronsRight, IconPlus, IconSearch, IconX } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useModel } from '../model/use-model.ts';
import { Bell } from './bell.tsx';
import { menuItems } from './menu-items.tsx';
import { ProfileMenu } from './profile-menu.tsx';
import classes from './side-menu.module.css';

interface Props {
  readonly narrow: boolean;
  readonly isDrawer: boolean;
  /** Narrower or wider; in a drawer: close it. */
  readonly onNarrow: () => void;
  readonly onSearch: () => void;
}

export function SideMenu({ narrow, isDrawer, onNarrow, onSearch }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const items = menuItems(model, { day: t('tasks.title'), reports: t('shell.reports') });
  const Fold = isDrawer ? IconX : narrow ? IconChevronsRight : IconChevronsLeft;
  return (
    <div className={classes['side']} data-narrow={narrow || undefined}>
      <div className={classes['top']}>
        {narrow ? null : <span className={classes['name']}>{model.organisation?.name ?? 'Casement'}</span>}
        <ActionIcon
          size="sm"
          onClick={onNarrow}
          aria-label={t(isDrawer ? 'common.close' : narrow ? 'shell.widen' : 'shell.narrow')}
        >
          <Fold size={16} />
        </ActionIcon>
      </div>
      <div className={classes['find']}>
        <Tooltip label={t('shell.search')} position="right" disabled={!narrow}>
          <UnstyledButton
            className={classes['search'] ?? ''}
            onClick={onSearch}
            aria-label={t('shell.search')}
            aria-keyshortcuts="Control+K Meta+K"
          >
            <IconSearch size={16} aria-hidden />
            {narrow ? null : (
              <>
                <span>{t('shell.search')}</span>
                <kbd className={classes['keys']}>Ctrl K</kbd>
              </>
            )}
          </UnstyledButton>
        </Tooltip>
        <CreateMenu />
      </div>
      <ScrollArea className={classes['scroll'] ?? ''} type="auto" scrollbarSize={6}>
        <nav aria-label={t('shell.pages')}>
          {items.map((item) => (
            <Tooltip key={item.key} label={item.title} position="right" disabled={!narrow}>
              <Link
                to={item.to}
                params={item.params ?? {}}
                className={classes['item']}
                activeOptions={{ exact: item.to === '/', includeSearch: false }}
                aria-label={narrow ? item.title : undefined}
              >
                <item.icon size={18} stroke={1.6} aria-hidden />
                {narrow ? null : <span className={classes['label']}>{item.title}</span>}
              </Link>
            </Tooltip>
          ))}
        </nav>
      </ScrollArea>
      <div className={classes['bottom']}>
        {isDrawer ? null : <Bell narrow={narrow} />}
        <ProfileMenu narrow={narrow} />
      </div>
    </div>
  );
}

/** A new record of whatever has a place in the menu. */
function CreateMenu() {
  const { t } = useTranslation();
  const model = useModel();
  const navigate = useNavigate();
  const entities = [...new Set(model.menu.map((view) => view.entity))]
    .flatMap((name) => model.findEntity(name) ?? [])
    .filter((entity) => entity.can.create);
  if (entities.length === 0) return null;
  return (
    <Menu position="bottom-start" width={200}>
      <Menu.Target>
        <ActionIcon variant="default" size={32} aria-label={t('shell.create')}>
          <IconPlus size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {entities.map((entity) => (
          <Menu.Item
            key={entity.name}
            onClick={() => void navigate({ to: '/$entity/$id', params: { entity: entity.name, id: 'new' } })}
          >
            {entity.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
