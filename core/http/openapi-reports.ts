import type { Access } from '../access/access.ts';
import type { Model, Report, ReportParameter } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { parametersOf } from '../reports/choices.ts';
import { readableMeasures } from '../reports/readable-measures.ts';
import { PERIOD_NAMES } from '../rules/named-period.ts';
import { answer, jsonAnswer, operation, query } from './openapi-parts.ts';
import { ref } from './openapi-objects.ts';

const tag = 'system';
const text: JsonSchema = { type: 'string' };
const day = (name: string, about: string) => query(name, about, { type: 'string', format: 'date' });
const limit = query('limit', 'At most this many', { type: 'integer', minimum: 1, maximum: 1000 });

/** The figures of each report over what the caller may read, with the parameters that this report takes. */
export function reportPaths(model: Model, access: Access): Readonly<Record<string, unknown>> {
  if (!access.operation('reports')) return {};
  const reports = [...model.reports.values()].filter(
    (report) => access.can(report.entity, 'read') && readableMeasures({ access, report }).length > 0,
  );
  return Object.assign({}, ...reports.map((report) => pathsOf(access, report))) as Record<string, unknown>;
}

function pathsOf(access: Access, report: Report): Record<string, unknown> {
  const name = report.name.charAt(0).toUpperCase() + report.name.slice(1);
  const template = query('template', 'Id of a template that stands behind what is given here');
  const parameters = [...ownParameters(report), template, ...parametersOf(access, report).map(choice)];
  const measures = readableMeasures({ access, report });
  const errors = [401, 403, 404, 422];
  return {
    [`/reports/${report.name}`]: {
      get: operation({
        id: `report${name}`,
        tag,
        summary: `${report.title}: every number with what opens its records`,
        parameters,
        answers: { 200: jsonAnswer('Columns, rows and totals', ref('ReportResult')) },
        errors,
      }),
    },
    [`/reports/${report.name}/records`]: {
      get: operation({
        id: `recordsOf${name}`,
        tag,
        summary: `${report.title}: the records behind one number`,
        parameters: [
          { ...query('measure', 'The number', { enum: measures.map(({ key }) => key) }), required: true },
          query('row', 'The values of the dimensions, as a row gives them, as JSON; absent = of the totals'),
          limit,
          query('after', '"next" of the page before'),
          ...parameters,
        ],
        answers: { 200: jsonAnswer('Newest first', ref('ReportRecords')) },
        errors,
      }),
    },
    [`/reports/${report.name}/export`]: {
      get: operation({
        id: `export${name}`,
        tag,
        summary: `${report.title} as a file; CSV and XLSX need the right "export"`,
        parameters: [
          query('format', 'Default csv', { enum: ['csv', 'xlsx', 'pdf'] }),
          query('part', 'The figures (default), or the records below them', { enum: ['figures', 'details'] }),
          ...parameters,
        ],
        answers: { 200: answer('The file', '*/*', { type: 'string', contentMediaType: 'application/octet-stream' }) },
        errors,
      }),
    },
  };
}

function ownParameters(report: Report) {
  const grouping = query('group', 'Dimensions in place of its own, with commas');
  if (report.period === undefined && !report.moves) return [grouping];
  return [
    day('from', 'First day'),
    day('to', 'Last day'),
    query('period', 'Days by name in place of from and to', { enum: ['all', ...PERIOD_NAMES] }),
    grouping,
  ];
}

const TYPES: Readonly<Record<NonNullable<ReportParameter['type']>, JsonSchema>> = {
  duration: { type: 'string', pattern: '^[0-9]', maxLength: 20, examples: ['30d'] },
  integer: { type: 'integer' },
  number: { type: 'number' },
  date: { type: 'string', format: 'date' },
  text: { type: 'string', maxLength: 200 },
  boolean: { type: 'boolean' },
};

function choice({ key, title, field, type, options }: ReportParameter) {
  if (field !== undefined) return query(key, `${title}: values of ${field}, with commas`, text);
  return query(key, title, options ? { enum: options } : type === undefined ? text : TYPES[type]);
}
