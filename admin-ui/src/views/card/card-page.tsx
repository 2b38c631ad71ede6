import { Title } from '@mantine/core';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useRecord } from '../../api/hooks.ts';
import { displayOf, expandFor } from '../../model/display.ts';
import { useEntity, useModel } from '../../model/use-model.ts';
import { ErrorPage } from '../../shell/error-page.tsx';
import { LoadingPage } from '../../shell/loading-page.tsx';
import { usePageTitle } from '../../shell/use-page-title.ts';
import { RecordForm } from '../form/record-form.tsx';

/** A record with its form, or the form of a new one. */
export function CardPage() {
  const { t } = useTranslation();
  const { entity: name, id } = useParams({ from: '/frame/$entity/$id' });
  const entity = useEntity(name);
  const model = useModel();
  const navigate = useNavigate();
  const isNew = id === 'new';
  const expand = expandFor(entity, entity.fields.map((field) => field.key));
  const { data: record, error, refetch } = useRecord(name, isNew ? null : id, { expand });
  const title = record ? displayOf(model, entity, record) : t('common.newOf', { title: entity.title });
  usePageTitle(title);
  if (error && !record) return <ErrorPage error={error} reset={() => void refetch()} />;
  if (!isNew && !record) return <LoadingPage />;
  return (
    <div style={{ overflowY: 'auto' }}>
      <div style={{ maxWidth: 860, marginInline: 'auto', padding: '20px 20px 0' }}>
        <Title order={1} mb="md">
          {title}
        </Title>
        <RecordForm
          key={`${name}/${id}`}
          entity={entity}
          {...(record ? { record } : {})}
          onSaved={(saved) => {
            if (isNew) void navigate({ to: '/$entity/$id', params: { entity: name, id: String(saved['id']) }, replace: true });
          }}
        />
      </div>
    </div>
  );
}
