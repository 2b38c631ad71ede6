import '@mantine/charts/styles.layer.css';
import { BarChart, LineChart, PieChart } from '@mantine/charts';
import { formatNumber, useLocale } from '../../model/format.ts';
import type { ModelReport } from '../../model/types.ts';
import { useFigureText } from './figure.tsx';
import type { ChartPoint, ReportColumn } from './report-figures.ts';
import classes from './report-page.module.css';

interface Props {
  readonly entity: string;
  readonly chart: NonNullable<ModelReport['chart']>;
  readonly points: readonly ChartPoint[];
  readonly column: ReportColumn;
  readonly onOpen: (point: ChartPoint) => void;
}

const COLOURS = ['pine.6', 'blue.5', 'yellow.6', 'grape.5', 'orange.5', 'cyan.6', 'pink.5', 'gray.5'] as const;
const HEIGHT = 280;

/** The picture of one measure; the table below says the same in figures. */
export function ReportChart({ entity, chart, points, column, onOpen }: Props) {
  const locale = useLocale();
  const text = useFigureText(entity);
  const write = (value: unknown): string => text(typeof value === 'number' ? value : Number(value), column);
  const short = (value: number): string =>
    column.aggregate === 'ratio'
      ? write(value)
      : value >= 10_000
        ? new Intl.NumberFormat(locale, { notation: 'compact' }).format(value)
        : formatNumber(value, locale);
  if (chart === 'pie') return <Pie points={points} write={write} />;
  const shared = {
    h: HEIGHT,
    data: points.map((point) => ({ label: point.label, value: point.value })),
    dataKey: 'label',
    series: [{ name: 'value', label: column.title, color: 'pine.6' }],
    valueFormatter: write,
    yAxisProps: { tickFormatter: short, width: 64, allowDecimals: column.aggregate !== 'count' },
    gridAxis: 'x' as const,
    tickLine: 'none' as const,
  };
  if (chart === 'line') return <LineChart {...shared} curveType="monotone" strokeWidth={2} />;
  return (
    <BarChart
      {...shared}
      maxBarWidth={56}
      barProps={{
        radius: [4, 4, 0, 0],
        cursor: 'pointer',
        onClick: (_bar: unknown, index: number) => {
          const point = points[index];
          if (point) onOpen(point);
        },
      }}
    />
  );
}

/** A ring with its legend: colour alone tells nothing. */
function Pie({
  points,
  write,
}: {
  readonly points: readonly ChartPoint[];
  readonly write: (value: unknown) => string;
}) {
  const colour = (index: number): string => COLOURS[index % COLOURS.length] ?? 'gray.5';
  return (
    <div className={classes['pie']}>
      <PieChart
        size={220}
        data={points.map((point, index) => ({ name: point.label, value: point.value, color: colour(index) }))}
        withTooltip
        tooltipDataSource="segment"
        valueFormatter={write}
        strokeWidth={2}
      />
      <ul className={classes['legend']}>
        {points.map((point, index) => (
          <li key={point.label}>
            <span
              className={classes['swatch']}
              style={{ background: `var(--mantine-color-${colour(index).replace('.', '-')})` }}
              aria-hidden
            />
            <span>{point.label}</span>
            <span className={classes['legendValue']}>{write(point.value)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
