import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ReportResult } from '../../api/client.ts';
import { useReportRecords } from '../../api/hooks.ts';
import { fieldModule } from '../../fields/registry.ts';
import { displayOf } from '../../model/display.ts';
import type { Value } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { measuredField } from './report-figures.ts';
import classes from './report-page.module.css';

/** The records a figure from the ledger is made of: no filter of a list tells them. */
export function RecordsBehind({ address }: { readonly address: string }) {
  const { t } = useTranslation();
  const model = useModel();
  const { data } = useReportRecords(address);
  if (!data) return null;
  return (
    <section aria-label={t('report.records')} className={`${classes['tableFrame']} ${classes['below']}`}>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">
              {t('report.records')} ({data.total})
            </th>
          </tr>
        </thead>
        <tbody>
          {data.data.map((record) => (
            <tr key={String(record['id'])}>
              <td>
                <Link to="/$entity/$id" params={{ entity: data.entity, id: String(record['id']) }}>
                  {displayOf(model, data.entity, record) || String(record['id'])}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.next === null ? null : <p className={classes['empty']}>{t('report.more')}</p>}
    </section>
  );
}

/** What was done, agreed, promised: the records below the figures. */
export function Details({ entity, details }: { readonly entity: string; readonly details: ReportResult['details'] }) {
  const { t } = useTranslation();
  const model = useModel();
  if (!details || details.rows.length === 0) return null;
  return (
    <section aria-label={t('report.records')} className={`${classes['tableFrame']} ${classes['below']}`}>
      <table className={classes['table']}>
        <thead>
          <tr>
            {details.columns.map((column) => (
              <th key={column.key} scope="col">
                {model.field(entity, column.key)?.title ?? column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {details.rows.map((row) => (
            <tr key={row.id}>
              {details.columns.map((column, index) => {
                const { [column.key]: value = null } = row.values;
                const cell = (
                  <DetailCell entity={entity} path={column.key} value={value} label={row.labels[column.key] ?? ''} />
                );
                return (
                  <td key={column.key}>
                    {index > 0 ? (
                      cell
                    ) : (
                      <Link to="/$entity/$id" params={{ entity, id: row.id }}>
                        {value === null ? '—' : cell}
                      </Link>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {details.more ? <p className={classes['empty']}>{t('report.more')}</p> : null}
    </section>
  );
}

interface CellProps {
  readonly entity: string;
  readonly path: string;
  readonly value: Value;
  /** The name of a record or option. */
  readonly label: string;
}

function DetailCell({ entity, path, value, label }: CellProps) {
  const model = useModel();
  const field = measuredField(model, entity, path);
  if (!field || value === null || typeof value === 'object' || label !== String(value)) return <>{label}</>;
  const { Cell } = fieldModule(field.type);
  return <Cell field={field} entity={model.entity(entity)} value={value} record={{}} />;
}
