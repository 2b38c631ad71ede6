import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../../fields/registry.ts';
import { displayOf } from '../../../model/display.ts';
import type { UiModel } from '../../../model/model.ts';
import type { Change, ModelEntity, ModelField, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { ruleText, type TimelineItem, valuesAfter } from './timeline-items.ts';

interface Props {
  readonly item: TimelineItem;
  /** What the change is about, as it stands now; absent for the card's own record and for what is gone. */
  readonly record: RecordData | undefined;
  readonly records: ReadonlyMap<string, RecordData>;
}

/** The field that alone names records of an entity, where it is a figure. */
function soleFigure(model: UiModel, entity: ModelEntity): ModelField | undefined {
  const [part, ...others] = entity.display;
  const field = part && 'field' in part && others.length === 0 ? model.field(entity.name, part.field) : undefined;
  return field && FIGURES.has(field.type) ? field : undefined;
}

const FIGURES: ReadonlySet<string> = new Set(['money', 'decimal', 'date', 'dateTime']);

/** A link to what it is about, by its name. */
function Subject({ change, record }: { readonly change: Change; readonly record: RecordData | undefined }) {
  const model = useModel();
  const entity = model.findEntity(change.entity);
  const values = record ?? valuesAfter(change);
  const field = entity ? soleFigure(model, entity) : undefined;
  if (entity && field) {
    // An amount that serves as a name is written as an amount.
    const { Cell } = fieldModule(field.type);
    return <Cell entity={entity} field={field} record={values} value={values[field.key] ?? null} />;
  }
  const name = entity ? displayOf(model, entity, values) : '';
  if (!record || record['deletedAt'] || !name) return <>{name}</>;
  return (
    <Anchor
      renderRoot={(props) => (
        <Link to="/$entity/$id" params={{ entity: change.entity, id: change.record }} {...props} />
      )}
      inherit
      c="inherit"
    >
      {name}
    </Anchor>
  );
}

/** What happened, in a few words. */
export function Headline({ item, record, records }: Props): ReactNode {
  const { t } = useTranslation();
  const model = useModel();
  const { change, kind, isOwn } = item;
  const entity = model.findEntity(change.entity);
  const title = entity?.title ?? change.entity;
  if (kind === 'moved') {
    return isOwn ? (
      <Moved change={change} />
    ) : (
      <>
        <Subject change={change} record={record} />{' '}
        <Text span inherit fw={400}>
          <Moved change={change} />
        </Text>
      </>
    );
  }
  if (kind === 'event') return <EventTitle change={change} />;
  if (item.changes.length > 1) {
    const names = [
      ...new Set(
        item.changes.map((one) =>
          entity ? displayOf(model, entity, records.get(one.record) ?? valuesAfter(one)) : '',
        ),
      ),
    ].filter(Boolean);
    return (
      <>
        {t(`card.many.${kind}`, { title: entity?.pluralTitle ?? title, count: item.changes.length })}
        {names.length > 0 ? <Text span inherit c="dimmed" fw={400}>{` ${names.join(', ')}`}</Text> : null}
      </>
    );
  }
  if (change.entity === 'activity' && kind === 'created') {
    const value = (record ?? valuesAfter(change))['kind'];
    const option = model.field('activity', 'kind')?.options?.find((one) => one.value === value)?.title;
    return (
      <>
        {option ?? title}{' '}
        <Text span inherit fw={400}>
          <Subject change={change} record={record} />
        </Text>
      </>
    );
  }
  if (isOwn) return t(`card.own.${kind}`, { title });
  if (change.entity === 'task' && change.fields['doneAt']) {
    return (
      <>
        {t(change.fields['doneAt'].after ? (kind === 'created' ? 'card.task' : 'card.taskDone') : 'card.taskOpened')}{' '}
        <Text span inherit fw={400}>
          <Subject change={change} record={record} />
        </Text>
      </>
    );
  }
  return (
    <>
      {kind === 'created' ? title : t(`card.other.${kind}`, { title })}{' '}
      <Text span inherit fw={400}>
        <Subject change={change} record={record} />
      </Text>
    </>
  );
}

/** A named event, in words where the UI has some. */
function EventTitle({ change }: { readonly change: Change }) {
  const { t } = useTranslation();
  const model = useModel();
  const after = (key: string): string => String(change.fields[key]?.after ?? '');
  if (change.kind === 'mail.sent') return <>{t('card.mailSent', { subject: after('subject') })}</>;
  if (change.kind === 'document.generated') {
    const template = model.templates.find((one) => one.name === after('template'))?.title;
    return <>{[template ?? model.findEntity('document')?.title, after('number')].filter(Boolean).join(' ')}</>;
  }
  return <>{ruleText(change.kind.replace('.', ': '))}</>;
}

function Moved({ change }: { readonly change: Change }) {
  const { t } = useTranslation();
  const model = useModel();
  const stage = change.fields['stage'];
  const options = model.field(change.entity, 'stage')?.options ?? [];
  const name = (value: unknown): string =>
    options.find((option) => option.value === value)?.title ?? String(value ?? '—');
  return <>{t('card.moved', { from: name(stage?.before), to: name(stage?.after) })}</>;
}
