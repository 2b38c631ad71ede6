import { IconArrowRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../../fields/registry.ts';
import type { Change, ModelEntity, ModelField, Value } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { toldFields } from './timeline-items.ts';
import classes from './timeline.module.css';

/** "Field: old → new" for each changed field the reader may see. */
export function FieldChanges({ change }: { readonly change: Change }) {
  const { t } = useTranslation();
  const model = useModel();
  const entity = model.findEntity(change.entity);
  if (!entity) return null;
  const keys = toldFields(change, (key) => model.field(entity.name, key)?.computed ?? false).filter(
    (key) => key !== 'stage' && key !== 'pipeline',
  );
  const fields = keys.flatMap((key) => model.field(entity.name, key) ?? []);
  if (fields.length === 0) return null;
  return (
    <ul className={classes['changes']}>
      {fields.map((field) => {
        const { before, after } = change.fields[field.key] ?? { before: null, after: null };
        return (
          <li key={field.key}>
            <span className={classes['field']}>{field.title}:</span>{' '}
            {isEmpty(before) ? null : <Old entity={entity} field={field} value={before} />}
            {isEmpty(before) ? null : (
              <IconArrowRight size={12} role="img" aria-label={t('card.becomes')} className={classes['arrow']} />
            )}
            {isEmpty(after) ? (
              <span className={classes['field']}>{t('card.emptied')}</span>
            ) : (
              <Shown entity={entity} field={field} value={after} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

interface ValueProps {
  readonly entity: ModelEntity;
  readonly field: ModelField;
  readonly value: Value;
}

const isEmpty = (value: Value): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

function Shown({ entity, field, value }: ValueProps) {
  const { Cell } = fieldModule(field.type);
  return <Cell entity={entity} field={field} value={value} record={{ [field.key]: value }} />;
}

const Old = (props: ValueProps) => (
  <span className={classes['old']}>
    <Shown {...props} />
  </span>
);
