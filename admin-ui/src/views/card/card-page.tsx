import { Title } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/client.ts';
import { useRecord } from '../../api/hooks.ts';
import { displayOf, expandFor } from '../../model/display.ts';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { useEntity, useModel } from '../../model/use-model.ts';
import { ErrorPage } from '../../shell/error-page.tsx';
import { LoadingPage } from '../../shell/loading-page.tsx';
import { usePageTitle } from '../../shell/use-page-title.ts';
import { RecordForm } from '../form/record-form.tsx';
import { pipelineOf } from '../move/move-fields.ts';
import { CardHeader } from './card-header.tsx';
import classes from './card-page.module.css';
import { Composer } from './composer/composer.tsx';
import { shownLists } from './lists/child-lists.ts';
import { ChildSection } from './lists/child-section.tsx';
import { OpenTasks } from './open-tasks.tsx';
import { SectionNav } from './section-nav.tsx';
import { StageBar } from './stage-bar.tsx';
import { Timeline } from './timeline/timeline.tsx';

/** Everything known about one record: its stage, its fields, what belongs to it and what happened to it. `new` makes one. */
export function CardPage() {
  const { entity: name, id } = useParams({ from: '/frame/$entity/$id' });
  const entity = useEntity(name);
  return id === 'new' ? (
    <NewCard key={name} entity={entity} />
  ) : (
    <RecordCard key={`${name}/${id}`} entity={entity} id={id} />
  );
}

function NewCard({ entity }: { readonly entity: ModelEntity }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const title = t('common.newOf', { title: entity.title });
  usePageTitle(title);
  return (
    <div className={classes['scroll']}>
      <div className={classes['narrow']}>
        <Title order={1} mb="md">
          {title}
        </Title>
        <RecordForm
          entity={entity}
          onSaved={(saved) =>
            void navigate({
              to: '/$entity/$id',
              params: { entity: entity.name, id: String(saved['id']) },
              replace: true,
            })
          }
        />
      </div>
    </div>
  );
}

function RecordCard({ entity, id }: { readonly entity: ModelEntity; readonly id: string }) {
  const { t } = useTranslation();
  const model = useModel();
  const expand = expandFor(
    entity,
    entity.fields.map((field) => field.key),
  );
  const { data: record, error, refetch } = useRecord(entity.name, id, { expand });
  const title = record ? displayOf(model, entity, record) || t('list.untitled') : '';
  usePageTitle(title || entity.title);
  // What was deleted meanwhile is gone, though the last answer is still known; a lost connection takes nothing away.
  if (error && (!record || (error instanceof ApiError && error.status === 404)))
    return <ErrorPage error={error} reset={() => void refetch()} />;
  return record ? <Card entity={entity} record={record} title={title} /> : <LoadingPage />;
}

interface CardProps {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly title: string;
}

function Card({ entity, record, title }: CardProps) {
  const { t } = useTranslation();
  const model = useModel();
  const id = String(record['id']);
  const pipeline = record['stage'] ? pipelineOf(model.pipelinesOf(entity.name), record) : undefined;
  const lists = shownLists(model, entity);
  return (
    <div className={classes['scroll']}>
      <div className={classes['top']}>
        <CardHeader entity={entity} record={record} title={title} />
        {pipeline ? <StageBar entity={entity} record={record} pipeline={pipeline} /> : null}
      </div>
      <div className={classes['columns']}>
        <main className={classes['main']}>
          <SectionNav
            sections={[
              { key: 'fields', title: t('card.details') },
              ...lists,
              { key: 'timeline', title: t('card.timeline'), onPhone: true },
            ]}
          />
          <section id="fields" className={classes['section']} aria-label={t('card.details')}>
            <RecordForm entity={entity} record={record} />
          </section>
          {lists.map((list) => (
            <ChildSection key={list.key} list={list} owner={{ entity: entity.name, id }} />
          ))}
        </main>
        <div className={classes['actions']}>
          <Composer entity={entity} record={record} />
          <OpenTasks entity={entity} id={id} />
        </div>
        <aside id="timeline" className={classes['side']} aria-label={t('card.timeline')}>
          <Timeline entity={entity} id={id} />
        </aside>
      </div>
    </div>
  );
}
