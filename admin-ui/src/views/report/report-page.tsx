import { SegmentedControl, Skeleton, Text, Title } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReportResult } from '../../api/client.ts';
import { useReport } from '../../api/hooks.ts';
import type { ModelReport } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { ErrorPage, NotFoundPage } from '../../shell/error-page.tsx';
import { usePageTitle } from '../../shell/use-page-title.ts';
import { Figure } from './figure.tsx';
import { Funnel } from './funnel.tsx';
import { PeriodPicker } from './period-picker.tsx';
import type { Period } from './periods.ts';
import { type ChartPoint, chartPoints, drillLink, type ReportColumn } from './report-figures.ts';
import { Details, RecordsBehind } from './records-behind.tsx';
import { ReportTable } from './report-table.tsx';
import classes from './report-page.module.css';

const ReportChart = lazy(() => import('./report-chart.tsx').then((module) => ({ default: module.ReportChart })));

export function ReportPage() {
  const { report: name } = useParams({ from: '/frame/reports/$report' });
  const report = useModel().reports.find((one) => one.name === name);
  return report ? <Report key={name} report={report} /> : <NotFoundPage />;
}

/** One report: its totals, its picture and its table, for the period chosen. */
function Report({ report }: { readonly report: ModelReport }) {
  const { t } = useTranslation();
  const search = useSearch({ from: '/frame/reports/$report' });
  const navigate = useNavigate({ from: '/reports/$report' });
  usePageTitle(report.title);
  const { behind, ...asked } = search;
  const query = useReport(report.name, asked);
  const setPeriod = ({ from, to }: Period): void => {
    void navigate({
      search: ({ group }) => ({
        ...(group ? { group } : {}),
        ...(from ? { from } : {}),
        ...(to ? { to } : {}),
        // Without a word the report would take its own period.
        ...(!from && !to && report.defaultPeriod ? { period: 'all' } : {}),
      }),
      replace: true,
    });
  };
  return (
    <div className={classes['scroll']}>
      <div className={classes['page']}>
        <header className={classes['header']}>
          <div className={classes['names']}>
            <Link to="/reports" className={classes['crumb']}>
              {t('shell.reports')} <IconChevronRight size={12} aria-hidden />
            </Link>
            <Title order={1}>{report.title}</Title>
            {report.description ? (
              <Text size="sm" c="dimmed">
                {report.description}
              </Text>
            ) : null}
          </div>
          {report.period ? (
            <PeriodPicker
              key={report.defaultPeriod && !asked.from && !asked.to && !asked.period ? String(query.isSuccess) : ''}
              period={periodShown(report, asked, query.data)}
              onChange={setPeriod}
            />
          ) : null}
        </header>
        {query.isError && !query.data ? <ErrorPage error={query.error} reset={() => void query.refetch()} /> : null}
        {query.isPending ? <Skeleton h={320} radius="md" /> : null}
        {query.data ? <Result report={report} result={query.data} isOld={query.isPlaceholderData} /> : null}
        {behind?.startsWith(`/reports/${report.name}/records?`) ? <RecordsBehind address={behind} /> : null}
      </div>
    </div>
  );
}

/** The days asked for; of a report with a period of its own those that the server took. */
function periodShown(report: ModelReport, asked: Period & { readonly period?: string }, result?: ReportResult): Period {
  if (asked.from || asked.to || asked.period || !report.defaultPeriod) return asked;
  const { from, to } = result?.period ?? { from: null, to: null };
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

interface ResultProps {
  readonly report: ModelReport;
  readonly result: ReportResult;
  readonly isOld: boolean;
}

function Result({ report, result, isOld }: ResultProps) {
  const { t } = useTranslation();
  const measures = result.columns.filter((column) => column.kind === 'measure');
  const hasRows = result.rows.length > 0 && result.columns.some((column) => column.kind === 'dimension');
  return (
    <div className={isOld ? classes['old'] : undefined}>
      <dl className={classes['tiles']}>
        {measures.map((column) => (
          <div key={column.key} className={classes['tile']}>
            <dt>{column.title}</dt>
            <dd>
              <Figure
                entity={report.entity}
                column={column}
                value={result.totals[column.key]}
                drill={result.totalsDrill?.[column.key]}
              />
            </dd>
          </div>
        ))}
      </dl>
      {hasRows && report.chart !== 'table' && report.chart !== 'number' ? (
        <Picture report={report} result={result} measures={measures} />
      ) : null}
      {hasRows ? <ReportTable report={result} entity={report.entity} /> : null}
      <Details entity={report.entity} details={result.details} />
      {result.rows.length === 0 ? <p className={classes['empty']}>{t('report.empty')}</p> : null}
    </div>
  );
}

interface PictureProps {
  readonly report: ModelReport;
  readonly result: ReportResult;
  readonly measures: readonly ReportColumn[];
}

/** Counts and sums have no common scale: one measure is drawn at a time, the reader says which. */
function Picture({ report, result, measures }: PictureProps) {
  const { t } = useTranslation();
  const model = useModel();
  const navigate = useNavigate();
  const [chosen, setChosen] = useState(measures[0]?.key ?? '');
  const column = measures.find((one) => one.key === chosen) ?? measures[0];
  if (!column) return null;
  const points = chartPoints(result.rows, result.columns, { measure: column.key, none: t('report.none') });
  const open = (point: ChartPoint): void => {
    const link = drillLink(model, point.row.drill[column.key]);
    if (link) void navigate({ to: '/list/$view', params: { view: link.view }, search: { filter: link.filter } });
  };
  return (
    <section className={classes['picture']} aria-label={t('report.chart')}>
      {measures.length > 1 ? (
        <SegmentedControl
          size="xs"
          aria-label={t('report.measure')}
          value={column.key}
          onChange={setChosen}
          data={measures.map((one) => ({ value: one.key, label: one.title }))}
          className={classes['measures'] ?? ''}
        />
      ) : null}
      {report.chart === 'funnel' ? (
        <Funnel entity={report.entity} points={points} column={column} />
      ) : (
        <Suspense fallback={<Skeleton h={280} />}>
          <ReportChart
            entity={report.entity}
            chart={report.chart ?? 'bar'}
            points={points}
            column={column}
            onOpen={open}
          />
        </Suspense>
      )}
    </section>
  );
}
