import { useTranslation } from 'react-i18next';
import { RecordLink } from '../../fields/record-link.tsx';
import { displayOf } from '../../model/display.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { ColumnCell } from './column-cell.tsx';
import { holderOf, type ListColumn, ownColumn } from './columns.ts';
import classes from './list-page.module.css';

/** Types whose cell is a link of its own, which cannot stand inside another. */
const LINKS: ReadonlySet<string> = new Set(['reference', 'email', 'phone', 'url', 'file']);

interface Props {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  /** A column, or simply a field of the record itself. */
  readonly column?: ListColumn;
  readonly field?: ModelField;
}

/** The first column: what the record is called, and the way to its card. */
export function RecordTitle({ entity, record, field, column = field && ownColumn(entity, field) }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const value = column ? (holderOf(column, record)?.[column.field.key] ?? null) : null;
  const name = displayOf(model, entity, record);
  const isPlain = !column || LINKS.has(column.field.type) || value === null || value === '';
  return (
    <RecordLink entity={entity.name} id={String(record['id'])} className={classes['link']} isRow>
      {isPlain ? (
        name || <span className={classes['untitled']}>{t('list.untitled')}</span>
      ) : (
        <ColumnCell column={column} record={record} />
      )}
    </RecordLink>
  );
}
