import { Title } from '@mantine/core';
import { IconChartBar, IconChartLine, IconChartPie, IconFilter, IconHash, IconTable } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { useModel } from '../../model/use-model.ts';
import { usePageTitle } from '../../shell/use-page-title.ts';
import classes from './report-page.module.css';

type Icon = ComponentType<{ readonly size?: number; readonly stroke?: number; readonly 'aria-hidden'?: boolean }>;

const ICONS: Readonly<Record<string, Icon>> = {
  bar: IconChartBar,
  line: IconChartLine,
  pie: IconChartPie,
  funnel: IconFilter,
  number: IconHash,
  table: IconTable,
};

/** All reports the reader may see. */
export function ReportsPage() {
  const { t } = useTranslation();
  const model = useModel();
  usePageTitle(t('shell.reports'));
  return (
    <div className={classes['scroll']}>
      <div className={classes['page']}>
        <Title order={1} mb="md">
          {t('shell.reports')}
        </Title>
        {model.reports.length === 0 ? <p className={classes['empty']}>{t('report.noReports')}</p> : null}
        <ul className={classes['shelf']}>
          {model.reports.map((report) => {
            const Sign = ICONS[report.chart ?? 'table'] ?? IconTable;
            return (
              <li key={report.name}>
                <Link to="/reports/$report" params={{ report: report.name }} className={classes['entry']}>
                  <Sign size={20} stroke={1.5} aria-hidden />
                  <span>
                    <strong>{report.title}</strong>
                    {report.description ? <span className={classes['about']}>{report.description}</span> : null}
                  </span>
                </Link>
              </li>
            );
          })}
        </ul>
      </div>
    </div>
  );
}
