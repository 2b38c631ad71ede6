import { Button } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ModelEntity } from '../../model/types.ts';
import classes from './list-page.module.css';
import type { ListState } from './use-list-state.ts';

/** Nothing there yet, or nothing that fits: two different things to do next. */
export function EmptyList({ entity, state }: { readonly entity: ModelEntity; readonly state: ListState }) {
  const { t } = useTranslation();
  const isNarrowed = Boolean(state.q || state.filter.rest || Object.keys(state.filter.byField).length > 0);
  return (
    <div className={classes['empty']}>
      <IconInbox size={32} stroke={1.2} aria-hidden />
      {t(isNarrowed ? 'list.noMatch' : 'list.none')}
      {isNarrowed ? (
        <Button size="xs" variant="default" onClick={() => state.clear()}>
          {t('filters.clear')}
        </Button>
      ) : entity.can.create ? (
        <Button
          size="xs"
          variant="default"
          renderRoot={(props) => <Link to="/$entity/$id" params={{ entity: entity.name, id: 'new' }} {...props} />}
        >
          {t('common.newOf', { title: entity.title })}
        </Button>
      ) : null}
    </div>
  );
}
