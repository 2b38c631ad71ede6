import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime, useLocale } from '../../../model/format.ts';
import { displayOf } from '../../../model/display.ts';
import type { Change, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { ActivityBody } from './activity-body.tsx';
import { FieldChanges } from './field-changes.tsx';
import { ItemSign } from './item-sign.tsx';
import { ruleText, systemReason, type TimelineItem, valuesAfter } from './timeline-items.ts';
import classes from './timeline.module.css';
import { TaskBody } from './task-body.tsx';
import { FileLink } from '../../../fields/file-upload.tsx';

interface Props {
  readonly item: TimelineItem;
  /** What the change is about, as it stands now; absent for the card's own record and for what is gone. */
  readonly record: RecordData | undefined;
  readonly records: ReadonlyMap<string, RecordData>;
}

/** One row: what happened, its details, who did it and when. */
export function TimelineRow({ item, record, records }: Props) {
  const locale = useLocale();
  const { change } = item;
  return (
    <li className={classes['item']}>
      <ItemSign item={item} record={record} />
      <div className={classes['body']}>
        <div className={classes['head']}>
          <span className={classes['what']}>
            <Headline item={item} record={record} records={records} />
          </span>
          <time className={classes['time']} dateTime={change.at} title={new Date(change.at).toLocaleString(locale)}>
            {formatTime(change.at, locale)}
          </time>
        </div>
        <Details item={item} record={record} />
        {change.note ? <div className={classes['note']}>{change.note}</div> : null}
        <Author change={change} />
      </div>
    </li>
  );
}

/** A link to what it is about, by its name. */
function Subject({ change, record }: { readonly change: Change; readonly record: RecordData | undefined }) {
  const model = useModel();
  const entity = model.findEntity(change.entity);
  const name = entity ? displayOf(model, entity, record ?? valuesAfter(change)) : '';
  if (!record || !name) return <>{name}</>;
  return (
    <Anchor renderRoot={(props) => <Link to="/$entity/$id" params={{ entity: change.entity, id: change.record }} {...props} />} inherit c="inherit">
      {name}
    </Anchor>
  );
}

function Headline({ item, record, records }: Props): ReactNode {
  const { t } = useTranslation();
  const model = useModel();
  const { change, kind, isOwn } = item;
  const entity = model.findEntity(change.entity);
  const title = entity?.title ?? change.entity;
  if (kind === 'moved') return <Moved change={change} />;
  if (kind === 'event') return change.kind === 'mail.sent' ? t('card.mailSent', { subject: String(change.fields['subject']?.after ?? '') }) : ruleText(change.kind.replace('.', ': '));
  if (item.changes.length > 1) {
    const names = [...new Set(item.changes.map((one) => (entity ? displayOf(model, entity, records.get(one.record) ?? valuesAfter(one)) : '')))].filter(Boolean);
    return (
      <>
        {t(`card.many.${kind}`, { title: entity?.pluralTitle ?? title, count: item.changes.length })}
        {names.length > 0 ? <Text span inherit c="dimmed">{` ${names.join(', ')}`}</Text> : null}
      </>
    );
  }
  if (change.entity === 'activity' && kind === 'created') {
    const value = (record ?? valuesAfter(change))['kind'];
    const option = model.field('activity', 'kind')?.options?.find((one) => one.value === value)?.title;
    return (
      <>
        {option ?? title} <Text span inherit fw={400}><Subject change={change} record={record} /></Text>
      </>
    );
  }
  if (isOwn) return t(`card.own.${kind}`, { title });
  if (change.entity === 'task' && change.fields['doneAt']) {
    return (
      <>
        {t(change.fields['doneAt'].after ? (kind === 'created' ? 'card.task' : 'card.taskDone') : 'card.taskOpened')} <Subject change={change} record={record} />
      </>
    );
  }
  return (
    <>
      {kind === 'created' ? title : t(`card.other.${kind}`, { title })} <Text span inherit fw={400}><Subject change={change} record={record} /></Text>
    </>
  );
}

function Moved({ change }: { readonly change: Change }) {
  const { t } = useTranslation();
  const model = useModel();
  const stage = change.fields['stage'];
  const options = model.field(change.entity, 'stage')?.options ?? [];
  const name = (value: unknown): string => options.find((option) => option.value === value)?.title ?? String(value ?? '—');
  return <>{t('card.moved', { from: name(stage?.before), to: name(stage?.after) })}</>;
}

function Details({ item, record }: { readonly item: TimelineItem; readonly record: RecordData | undefined }) {
  const { change, kind } = item;
  const values = record ?? valuesAfter(change);
  if (item.changes.length > 1) return null;
  if (kind === 'created') {
    if (change.entity === 'activity') return <ActivityBody values={values} />;
    if (change.entity === 'task') return <TaskBody values={values} />;
    if (change.entity === 'document') return <FileLink value={values['file']} />;
    return null;
  }
  const isDone = change.entity === 'task' && Boolean(change.fields['doneAt']);
  if (kind === 'updated' || kind === 'moved') return isDone ? null : <FieldChanges change={change} />;
  return null;
}

/** A person, or the rule that did it, or what the system did it for. */
function Author({ change }: { readonly change: Change }) {
  const { t } = useTranslation();
  const rule = change.cause?.rule;
  const name = change.by.kind === 'system' ? t('card.system') : change.by.name;
  return (
    <div className={classes['author']} title={change.by.kind === 'system' ? systemReason(change.by.name) : undefined}>
      {rule ? t('card.byRule', { rule: ruleText(rule) }) : name}
    </div>
  );
}
