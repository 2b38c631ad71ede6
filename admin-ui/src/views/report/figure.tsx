import { Link } from '@tanstack/react-router';
import type { Drill } from '../../api/client.ts';
import { currencyOf, formatMoney, formatNumber, useLocale } from '../../model/format.ts';
import type { Value } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import classes from './report-page.module.css';
import { drillLink, figureKind, measuredField, percentText, timeText, type ReportColumn } from './report-figures.ts';

/** Writes the figures of a report: money in the firm's currency, ratios as percent. */
export function useFigureText(entity: string): (value: Value | undefined, column: ReportColumn) => string {
  const model = useModel();
  const locale = useLocale();
  return (value, column) => {
    const field = measuredField(model, column.entity ?? entity, column.field);
    const kind = figureKind(column, field);
    if (kind === 'percent') return percentText(value, locale);
    if (kind === 'time') return timeText(value, locale);
    if (value === null || value === undefined) return '—';
    if (kind === 'money')
      return formatMoney(value, currencyOf(field?.currency, undefined, model.organisation?.currency), locale);
    // "9.000 pieces" says no more than 9.
    return formatNumber(typeof value === 'string' ? value.replace(/\.0+$/, '') : value, locale);
  };
}

interface Props {
  readonly entity: string;
  readonly column: ReportColumn;
  readonly value: Value | undefined;
  readonly drill: Drill | undefined;
  readonly className?: string | undefined;
}

/** A number that opens the records behind it. */
export function Figure({ entity, column, value, drill, className }: Props) {
  const model = useModel();
  const text = useFigureText(entity)(value, column);
  const link = drillLink(model, drill);
  const { records } = drill ?? {};
  if (!link && records !== undefined) {
    return (
      <Link
        to="/reports/$report"
        params={(params) => ({ report: params.report ?? '' })}
        search={(search) => ({ ...search, behind: records })}
        className={`${classes['figure']} ${className ?? ''}`}
      >
        {text}
      </Link>
    );
  }
  if (!link) return <span className={className}>{text}</span>;
  return (
    <Link
      to="/list/$view"
      params={{ view: link.view }}
      search={{ filter: link.filter }}
      className={`${classes['figure']} ${className ?? ''}`}
    >
      {text}
    </Link>
  );
}
