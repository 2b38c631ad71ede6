import type { Value } from '../fields/field-type.ts';
import { fillParameters } from '../rules/parameters.ts';
import { parseCondition } from '../rules/parse-condition.ts';
import { hint, listOf } from './check-schema.ts';
import { attempt, type At, type EntityDraft, type Linking } from './linking.ts';
import { isTemporal } from './link-sources.ts';
import { followPath } from './paths.ts';
import type { ReportDoc } from './documents.ts';
import type { Moves } from './report-model.ts';

const GRAINS = ['day', 'week', 'month', 'quarter', 'year'];

/** A report as its parts are checked. */
export interface ReportPlace {
  readonly doc: ReportDoc;
  readonly at: At;
  readonly entity: EntityDraft;
  readonly moves: Moves | undefined;
  /** What filters are checked with. */
  readonly defaults: ReadonlyMap<string, Value>;
}

/** Parsed as it will be at each run, with the defaults in place of parameters. */
export function checkFilter(
  linking: Linking,
  { defaults }: Pick<ReportPlace, 'defaults'>,
  of: { readonly entity: string; readonly filter: unknown; readonly at: At },
): void {
  if (of.filter === undefined) return;
  const filled = attempt(linking, of.at, () => fillParameters(of.filter, defaults));
  if (filled !== undefined) attempt(linking, of.at, () => parseCondition(filled, of.entity, linking.lookup));
}

/** A field that figures can be split by; over moves also the stage, and when it was entered. */
export function checkDimension(
  linking: Linking,
  { entity, moves }: Pick<ReportPlace, 'entity' | 'moves'>,
  { dimension, at }: { dimension: string; at: At },
): void {
  const [path = '', grain] = dimension.split(':');
  const tell = (message: string): void => linking.errors.add(at.file, at.pointer, message);
  if (moves && path === 'entered') {
    if (grain === undefined) tell('Entering is a moment: group it by day, week, month, quarter or year.');
    else if (!GRAINS.includes(grain)) tell(unknownGrain(grain));
    return;
  }
  const found = followPath(linking, entity.name, { path, at });
  if (!found) return;
  if (found.kind === 'list') return tell(`"${path}" is a list of records: nothing can be grouped by it.`);
  const temporal = isTemporal(found.path.field);
  if (grain === undefined) return;
  if (!temporal) tell(`"${path}" is a ${found.path.field.type.name}: only a date has a grain.`);
  else if (!GRAINS.includes(grain)) tell(unknownGrain(grain));
}

function unknownGrain(grain: string): string {
  return `"${grain}" is no grain${hint(grain, GRAINS)} It may be ${listOf(GRAINS)}.`;
}
