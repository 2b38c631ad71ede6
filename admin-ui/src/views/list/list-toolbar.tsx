import { Button, CloseButton, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconPlus, IconSearch } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatNumber, useLocale } from '../../model/format.ts';
import type { ModelEntity, ModelView } from '../../model/types.ts';
import { ColumnMenu } from './column-menu.tsx';
import { FilterButton } from './filter-bar.tsx';
import classes from './list-page.module.css';
import type { ListState } from './use-list-state.ts';

interface Props {
  readonly entity: ModelEntity;
  readonly view: ModelView;
  readonly state: ListState;
  readonly total: number | undefined;
  readonly isPhone: boolean;
}

export function ListToolbar({ entity, view, state, total, isPhone }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const [typed, setTyped] = useState(state.q);
  const send = useDebouncedCallback(state.setSearch, 250);
  const type = (text: string): void => {
    setTyped(text);
    send(text.trim());
  };
  return (
    <div className={classes['toolbar']}>
      <div className={classes['heading']}>
        <Title order={1}>{view.title}</Title>
        {total === undefined ? null : <span className={classes['count']}>{formatNumber(total, locale)}</span>}
      </div>
      <TextInput
        className={classes['search'] ?? ''}
        size="xs"
        type="search"
        aria-label={t('list.searchIn', { title: view.title })}
        placeholder={t('common.search')}
        leftSection={<IconSearch size={14} aria-hidden />}
        rightSection={typed ? <CloseButton size="xs" aria-label={t('common.clear')} onClick={() => type('')} /> : null}
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <FilterButton entity={entity} filter={state.filter} onChange={state.setFilter} />
      {isPhone ? null : <ColumnMenu entity={entity} state={state} />}
      {entity.can.create ? (
        <Button
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          renderRoot={(props) => <Link to="/$entity/$id" params={{ entity: entity.name, id: 'new' }} {...props} />}
          aria-label={t('common.newOf', { title: entity.title })}
        >
          {t('common.new')}
        </Button>
      ) : null}
    </div>
  );
}
