import { useLocale } from '../../model/format.ts';
import { Figure } from './figure.tsx';
import type { ChartPoint, ReportColumn } from './report-figures.ts';
import { percentText } from './report-figures.ts';
import classes from './report-page.module.css';

interface Props {
  readonly entity: string;
  readonly points: readonly ChartPoint[];
  readonly column: ReportColumn;
}

/** Steps in their order, each as long as its figure, with its share of the whole. */
export function Funnel({ entity, points, column }: Props) {
  const locale = useLocale();
  const longest = Math.max(...points.map((point) => point.value), 0);
  const whole = points.reduce((sum, point) => sum + point.value, 0);
  return (
    <ol className={classes['funnel']}>
      {points.map((point) => (
        <li key={point.label}>
          <span className={classes['funnelLabel']}>{point.label}</span>
          <span className={classes['funnelTrack']}>
            <span
              className={classes['funnelBar']}
              style={{ width: `${longest > 0 ? Math.max(0.4, (point.value / longest) * 100) : 0}%` }}
            />
          </span>
          <Figure
            entity={entity}
            column={column}
            value={point.row.values[column.key]}
            drill={point.row.drill[column.key]}
            className={classes['funnelValue']}
          />
          <span className={classes['funnelShare']}>
            {whole > 0 && column.aggregate !== 'ratio' ? percentText(point.value / whole, locale) : ''}
          </span>
        </li>
      ))}
    </ol>
  );
}
