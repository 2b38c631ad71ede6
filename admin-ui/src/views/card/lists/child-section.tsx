import { Button, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useList } from '../../../api/hooks.ts';
import { formatNumber, useLocale } from '../../../model/format.ts';
import { expandFor } from '../../../model/display.ts';
import { useOpenRecordDialog } from '../../../model/record-dialog.ts';
import type { ModelList } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import classes from '../card-page.module.css';
import { backReference, childFilter, childFormFields, isPartList, listFields, listViewOf } from './child-lists.ts';
import { LineGrid } from './line-grid.tsx';
import { PartCards } from './part-cards.tsx';
import { RelatedList } from './related-list.tsx';

interface Props {
  readonly list: ModelList;
  readonly owner: { readonly entity: string; readonly id: string };
}

const PARTS = 500;
const OTHERS = 8;

/** One list of children under its title: parts to edit in place, other records to open. */
export function ChildSection({ list, owner }: Props) {
  const { t } = useTranslation();
  const locale = useLocale();
  const model = useModel();
  const openDialog = useOpenRecordDialog();
  const isPhone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const entity = model.entity(list.entity);
  const isPart = isPartList(model, list);
  const fields = useMemo(() => listFields(model, list), [model, list]);
  const sort = listViewOf(model, list.entity)?.sort ?? undefined;
  const { data } = useList(entity.name, {
    filter: childFilter(model, list, owner),
    limit: isPart ? PARTS : OTHERS,
    count: 'exact',
    expand: expandFor(
      entity,
      fields.map((field) => field.key),
    ).filter((key) => key !== list.field),
    ...(sort ? { sort } : {}),
  });
  const total = data?.total;
  const Parts = isPhone ? PartCards : LineGrid;
  const add = (): void =>
    openDialog({
      entity: entity.name,
      values: { [list.field]: backReference(model, list, owner) },
      fields: childFormFields(model, entity.name, list.field),
    });
  return (
    <section id={list.key} className={classes['section']} aria-label={list.title}>
      <header className={classes['sectionHead']}>
        <Title order={2}>{list.title}</Title>
        {total ? <span className={classes['count']}>{formatNumber(total, locale)}</span> : null}
        {entity.can.create && !isPart ? (
          <Button
            size="compact-sm"
            variant="subtle"
            ms="auto"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={add}
            aria-label={t('common.newOf', { title: entity.title })}
          >
            {t('card.add')}
          </Button>
        ) : null}
      </header>
      {isPart ? (
        <Parts list={list} entity={entity} fields={fields} owner={owner} records={data?.data} />
      ) : data && data.data.length > 0 ? (
        <RelatedList list={list} entity={entity} fields={fields} owner={owner} records={data.data} total={total} />
      ) : (
        <p className={classes['none']}>{data ? t('list.none') : ''}</p>
      )}
    </section>
  );
}
