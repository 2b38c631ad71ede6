import { useTranslation } from 'react-i18next';
import type { ReportResult } from '../../api/client.ts';
import { useModel } from '../../model/use-model.ts';
import { Figure } from './figure.tsx';
import classes from './report-page.module.css';

interface Props {
  readonly report: ReportResult;
  readonly entity: string;
}

/** Every figure of the report, with the totals, each a way to its records. */
export function ReportTable({ report, entity }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  // A dimension is called as its field is everywhere else.
  const headOf = (column: ReportResult['columns'][number]): string =>
    (column.kind === 'dimension' ? model.field(entity, column.key)?.title : undefined) ?? column.title;
  const dimensions = report.columns.filter((column) => column.kind === 'dimension');
  const measures = report.columns.filter((column) => column.kind === 'measure');
  return (
    <div className={classes['tableFrame']}>
      <table className={classes['table']}>
        <thead>
          <tr>
            {report.columns.map((column) => (
              <th key={column.key} scope="col" data-align={column.kind === 'measure' ? 'right' : undefined}>
                {headOf(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.rows.map((row) => (
            <tr key={JSON.stringify(dimensions.map((column) => row.values[column.key] ?? null))}>
              {dimensions.map((column) => (
                <td key={column.key}>
                  {row.labels[column.key] || <span className={classes['none']}>{t('report.none')}</span>}
                </td>
              ))}
              {measures.map((column) => (
                <td key={column.key} data-align="right">
                  <Figure
                    entity={entity}
                    column={column}
                    value={row.values[column.key]}
                    drill={row.drill[column.key]}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            {dimensions.length > 0 ? (
              <th scope="row" colSpan={dimensions.length}>
                {t('report.total')}
              </th>
            ) : null}
            {measures.map((column) => (
              <td key={column.key} data-align="right">
                <Figure
                  entity={entity}
                  column={column}
                  value={report.totals[column.key]}
                  drill={report.totalsDrill?.[column.key]}
                />
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
