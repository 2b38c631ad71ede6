import {
  Spotlight,
  createSpotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from '@mantine/spotlight';
import '@mantine/spotlight/styles.layer.css';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { search, type SearchHit } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { displayOf } from '../model/display.ts';
import { useModel } from '../model/use-model.ts';
import { menuItems } from './menu-items.tsx';

const SELECTED = { 'data-selected': true };

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
}

/** Finds records of every kind while they are typed (any spelling of a phone: the server knows), and pages of the menu. */
export function SearchPalette({ opened, onClose }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const navigate = useNavigate();
  const [[store, control]] = useState(createSpotlight);
  const [query, setQuery] = useState('');
  const [asked] = useDebouncedValue(query.trim(), 150);
  useEffect(() => (opened ? control.open() : control.close()), [opened, control]);
  const found = useQuery({
    queryKey: keys.search(asked),
    queryFn: ({ signal }) => search(asked, { limit: 30, signal }),
    enabled: asked.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 5000,
  });
  const pages = menuItems(model, { day: t('tasks.title'), reports: t('shell.reports') })
    .filter((item) => item.title.toLowerCase().includes(query.trim().toLowerCase()))
    .map((item): SpotlightActionData => ({
      id: `page:${item.key}`,
      label: item.title,
      leftSection: <item.icon size={18} stroke={1.6} aria-hidden />,
      onClick: () => void navigate({ to: item.to, params: item.params ?? {} }),
    }));
  const hits = asked ? (found.data?.data ?? []) : [];
  const actionOf = (hit: SearchHit): SpotlightActionData => ({
    id: `${hit.entity}:${hit.id}`,
    label: hit.title || (hit.record ? displayOf(model, hit.entity, hit.record) : '') || hit.id,
    ...(hit.subtitle ? { description: hit.subtitle } : {}),
    onClick: () => void navigate({ to: '/$entity/$id', params: { entity: hit.entity, id: hit.id } }),
  });
  const byEntity = groupByEntity(hits);
  const actions: SpotlightActionGroupData[] = [
    ...[...byEntity].map(([entity, group]) => ({
      group: model.findEntity(entity)?.pluralTitle ?? entity,
      actions: group.map(actionOf),
    })),
    ...(pages.length > 0 ? [{ group: t('shell.pages'), actions: pages }] : []),
  ];
  // Enter opens the best hit; the library chooses the first line only before the hits are there.
  const [best, ...others] = actions;
  const chosen = best
    ? [
        { ...best, actions: best.actions.map((action, index) => (index === 0 ? { ...action, ...SELECTED } : action)) },
        ...others,
      ]
    : [];
  const nothing = asked && !found.isFetching ? t('common.nothingFound') : t('shell.searchHint');
  return (
    <Spotlight
      store={store}
      actions={chosen}
      query={query}
      onQueryChange={setQuery}
      // Hits come filtered and in order from the server.
      filter={(_, all) => all}
      shortcut={null}
      onSpotlightClose={() => {
        setQuery('');
        onClose();
      }}
      scrollable
      centered={false}
      yOffset="12vh"
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      maxHeight="min(60vh, 480px)"
      nothingFound={nothing}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: t('shell.searchPlaceholder'),
        'aria-label': t('shell.search'),
      }}
      closeOnActionTrigger
    />
  );
}

function groupByEntity(hits: readonly SearchHit[]): Map<string, SearchHit[]> {
  const groups = new Map<string, SearchHit[]>();
  for (const hit of hits) groups.set(hit.entity, [...(groups.get(hit.entity) ?? []), hit]);
  return groups;
}
