import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../../fields/registry.ts';
import type { ModelEntity, ModelField, ModelList, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { RecordTitle } from '../../list/record-title.tsx';
import { childFilter } from './child-lists.ts';
import classes from './line-grid.module.css';

interface Props {
  readonly list: ModelList;
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  readonly owner: { readonly entity: string; readonly id: string };
  readonly records: readonly RecordData[];
  readonly total: number | undefined;
}

/** Columns that fit beside the timeline. */
const COLUMNS = 5;

/** Records of their own that point to this one; each opens its card. */
export function RelatedList({ list, entity, fields, owner, records, total }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const shown = fields.slice(0, COLUMNS);
  const hidden = (total ?? records.length) - records.length;
  return (
    <div className={classes['frame']}>
      <div className={classes['scroll']}>
        <table className={classes['table']} aria-label={list.title}>
          <thead>
            <tr>
              {shown.map((field) => (
                <th key={field.key} scope="col" data-align={fieldModule(field.type).align}>
                  {field.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {records.map((record) => (
              <tr key={String(record['id'])} className={classes['row']}>
                {shown.map((field, index) => {
                  const { Cell, align } = fieldModule(field.type);
                  return (
                    <td key={field.key} data-align={align}>
                      {index === 0 ? (
                        <RecordTitle entity={entity} record={record} field={field} />
                      ) : (
                        <Cell field={field} value={record[field.key] ?? null} record={record} entity={entity} />
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {hidden > 0 && model.view(`${entity.name}List`) ? (
        <Anchor
          size="sm"
          m={10}
          display="inline-block"
          renderRoot={(props) => (
            <Link
              to="/list/$view"
              params={{ view: `${entity.name}List` }}
              search={{ filter: childFilter(model, list, owner) }}
              {...props}
            />
          )}
        >
          {t('card.allOf', { count: total })}
        </Anchor>
      ) : null}
    </div>
  );
}
