import type { Report } from '../definitions/model.ts';
import { parametersOf, titleKey } from '../reports/choices.ts';
import { parseMoveDimension } from '../reports/dimension.ts';
import { readableMeasures } from '../reports/readable-measures.ts';
import type { DescribeInput, Description } from './describe-model.ts';

/** A report as one caller may run it: figures and parameters made of what he may not read are not there. */
export function describeReport({ model, access, locale }: DescribeInput, report: Report): Description {
  const text = (key: string) => model.texts.get(`reports.${report.name}.${key}`, locale);
  return {
    name: report.name,
    title: text('title'),
    description: text('description'),
    entity: report.entity,
    measures: readableMeasures({ access, report }).map(({ key, aggregate, field, beside }) => ({
      key,
      title: text(`measures.${key}`),
      aggregate,
      ...(field === undefined ? {} : { field }),
      ...(beside === undefined ? {} : { entity: beside.entity }),
    })),
    dimensions: report.dimensions.map((key) => ({ key, title: parseMoveDimension(model, report, key).title(locale) })),
    parameters: parametersOf(access, report).map((parameter) => ({
      key: parameter.key,
      title: model.texts.get(titleKey(model, report, parameter), locale),
      field: parameter.field ?? null,
      type: parameter.type ?? null,
      options: parameter.options ?? null,
      default: parameter.default ?? null,
    })),
    chart: report.chart,
    // Over moves the period is that of entering a stage.
    period: report.period ?? (report.moves ? 'entered' : null),
    defaultPeriod: report.defaultPeriod ?? null,
    hasDetails: report.details !== undefined,
  };
}
