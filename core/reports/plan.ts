import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { Measure, Model, Report } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { Organisation } from '../records/environment.ts';
import type { Records } from '../records/types.ts';
import { fillParameters } from '../rules/parameters.ts';
import { choiceFilter, readChoices } from './choices.ts';
import type { Choices } from './choices.ts';
import { readDays } from './days.ts';
import type { Days } from './days.ts';
import { parseMoveDimension } from './dimension.ts';
import type { Dimension } from './dimension.ts';
import { allOf } from './drill-filter.ts';
import type { Filter } from './drill-filter.ts';
import { readableMeasures } from './readable-measures.ts';
import type { ReportRequest } from './request.ts';

export interface ReportDeps {
  readonly records: Records;
  readonly model: () => Model;
  readonly organisation: () => Organisation;
}

/** A report as one caller asks for it: names checked, parameters read, what he may not see taken out. */
export interface Plan {
  readonly model: Model;
  readonly report: Report;
  readonly request: ReportRequest;
  readonly organisation: Organisation;
  readonly dimensions: readonly Dimension[];
  /** Those whose fields he may read, at least on some rows. */
  readonly measures: readonly Measure[];
  readonly choices: Choices;
  readonly days: Days | undefined;
}

const MAX_DIMENSIONS = 3;

/** BAD_REQUEST for a wrong period, parameter or grouping, NOT_FOUND for an unknown report, FORBIDDEN without any figure he may read. */
export function planReport(deps: ReportDeps, ctx: Context, request: ReportRequest): Plan {
  const model = deps.model();
  const report = model.reports.get(request.name);
  if (!report) throw new CasementError('NOT_FOUND', `There is no report "${request.name}".`);
  const organisation = deps.organisation();
  const names =
    request.group === undefined ? report.dimensions : request.group.split(',').filter((name) => name !== '');
  if (names.length > MAX_DIMENSIONS || new Set(names).size !== names.length) {
    throw new CasementError('BAD_REQUEST', `A report groups by at most ${MAX_DIMENSIONS} different fields.`);
  }
  const choices = readChoices(model, ctx, { report, given: request.parameters ?? {} });
  const dimensions = names.map((name) => parseMoveDimension(model, report, name));
  const days = readDays(report, request, { at: ctx.clock.now(), zone: organisation.zone });
  const plan = { model, report, request, organisation, dimensions, choices, days };
  const access = accessOf(model, ctx.principal);
  if (!access.can(report.entity, 'read')) throw new CasementError('FORBIDDEN', `You may not read ${report.entity}.`);
  const measures = readableMeasures({ access, report });
  if (measures.length === 0) throw new CasementError('FORBIDDEN', 'You may not read any figure of this report.');
  for (const measure of measures) checkGrouping(measure, plan);
  return { ...plan, measures };
}

type Unmeasured = Omit<Plan, 'measures'>;

/** What the definition rules out for its own dimensions holds for those in the query. */
function checkGrouping(measure: Measure, { report, dimensions }: Unmeasured): void {
  const { beside, compare } = measure;
  for (const { key, path, grain } of dimensions) {
    if (beside && beside.by[key] === undefined)
      throw new CasementError('BAD_REQUEST', `The figure "${measure.key}" cannot be grouped by "${key}".`);
    if (compare !== undefined && grain !== undefined && path === report.period)
      throw new CasementError(
        'BAD_REQUEST',
        `"${measure.key}" is of another time: it has no place in rows by "${key}".`,
      );
  }
  if (measure.from === 'previous' && !dimensions.some(({ of }) => of === 'stage'))
    throw new CasementError('BAD_REQUEST', `"${measure.key}" is of the stage before: group by stage.`);
}

/** The report's own filter and the reader's choices, over the records of the report; the period is not in it. */
export function baseFilter({ model, report, choices }: Plan): Filter {
  return allOf([
    fillParameters(report.filter, choices.values) as Filter | undefined,
    ...choices.chosen.map((choice) => choiceFilter(model, report.entity, choice)),
  ]);
}
