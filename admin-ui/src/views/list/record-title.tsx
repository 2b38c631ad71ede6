import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../fields/registry.ts';
import { displayOf } from '../../model/display.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import classes from './list-page.module.css';

/** Types whose cell is a link of its own, which cannot stand inside another. */
const LINKS: ReadonlySet<string> = new Set(['reference', 'email', 'phone', 'url', 'file']);

interface Props {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly field: ModelField;
}

/** The first column: what the record is called, and the way to its card. */
export function RecordTitle({ entity, record, field }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const value = record[field.key] ?? null;
  const { Cell } = fieldModule(field.type);
  const name = displayOf(model, entity, record);
  const plain = LINKS.has(field.type) || value === null || value === '';
  return (
    <Link
      to="/$entity/$id"
      params={{ entity: entity.name, id: String(record['id']) }}
      className={classes['link']}
      data-record
    >
      {plain ? (
        name || <span className={classes['untitled']}>{t('list.untitled')}</span>
      ) : (
        <Cell field={field} value={value} record={record} entity={entity} />
      )}
    </Link>
  );
}
