import type { Access } from '../access/access.ts';
import type { Measure, Report } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { resolvePath } from '../rules/condition-path.ts';
import { fillParameters } from '../rules/parameters.ts';
import { parseCondition } from '../rules/parse-condition.ts';

interface Reader {
  readonly access: Access;
  readonly report: Report;
}

/** The figures a caller may have: one made of what he may not read is not there for him, neither its number nor its name. */
export function readableMeasures({ access, report }: Reader): readonly Measure[] {
  const defaults = new Map(report.parameters.map(({ key, default: value }) => [key, value ?? null] as const));
  const own = report.measures.filter((measure) => !measure.of && mayMeasure(access, report, { measure, defaults }));
  const keys = new Set(own.map(({ key }) => key));
  return report.measures.filter(({ key, of }) => keys.has(key) || of?.every((part) => keys.has(part)));
}

function mayMeasure(
  access: Access,
  report: Report,
  { measure, defaults }: { readonly measure: Measure; readonly defaults: ReadonlyMap<string, Value> },
): boolean {
  const entity = entityOf(report, measure);
  if (!access.can(entity, 'read')) return false;
  const isTime = report.moves?.kind === 'stages';
  const paths = [
    ...(measure.field === undefined || isTime ? [] : [measure.field]),
    ...Object.values(measure.beside?.by ?? {}).map((path) => path.split(':')[0] ?? ''),
    ...(measure.beside?.date === undefined ? [] : [measure.beside.date]),
  ];
  try {
    for (const path of paths) resolvePath(path, entity, access.lookup);
    parseCondition(fillParameters(measure.filter, defaults), entity, access.lookup);
    return true;
  } catch {
    return false;
  }
}

/** The entity whose records a measure counts. */
export function entityOf(report: Report, measure: Pick<Measure, 'beside'>): string {
  return measure.beside?.entity ?? report.entity;
}
