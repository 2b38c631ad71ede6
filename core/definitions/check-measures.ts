import { hint } from './check-schema.ts';
import { findDuplicates } from './keys.ts';
import { below, findEntity, findField, type At, type EntityDraft, type Linking } from './linking.ts';
import { isNumeric, isTemporal } from './link-sources.ts';
import { checkDimension, checkFilter, type ReportPlace } from './report-place.ts';
import type { MeasureDoc } from './documents.ts';
import type { Field } from './model.ts';

interface MeasurePlace extends ReportPlace {
  readonly measure: MeasureDoc;
  readonly here: At;
  tell(pointer: string, message: string): void;
}

/** Made of other measures. */
const OF_MEASURES: readonly string[] = ['ratio', 'difference'];
/** What has a field. */
const OF_FIELD: readonly string[] = ['sum', 'avg', 'min', 'max', 'median'];

/** Every measure of a report: its aggregate, its field, its filter, and what only some reports know. */
export function checkMeasures(linking: Linking, place: ReportPlace): void {
  const { doc, at } = place;
  for (const { index } of findDuplicates(doc.measures.map((measure) => measure.key)))
    linking.errors.add(at.file, `/measures/${index}/key`, `The key "${doc.measures[index]?.key}" stands here twice.`);
  const others = [...(doc.dimensions ?? []), ...(doc.classes ? ['class'] : [])];
  for (const [index, measure] of doc.measures.entries()) {
    if (others.includes(measure.key))
      linking.errors.add(
        at.file,
        `/measures/${index}/key`,
        `"${measure.key}" is a column of its rows already. Choose another key.`,
      );
    const here = below(at, `/measures/${index}`);
    const tell = (pointer: string, message: string): void =>
      linking.errors.add(here.file, here.pointer + pointer, message);
    checkMeasure(linking, { ...place, measure, here, tell });
  }
}

function checkMeasure(linking: Linking, place: MeasurePlace): void {
  const { measure, entity, tell } = place;
  checkKind(place);
  if (measure.entity !== undefined) checkBeside(linking, place);
  else for (const key of ['by', 'date'] as const) if (measure[key]) tell(`/${key}`, `"${key}" goes with "entity".`);
  const measured = measure.entity === undefined ? entity : linking.entities.get(measure.entity);
  if (measured && !place.moves) {
    checkFilter(linking, place, { entity: measured.name, filter: measure.filter, at: below(place.here, '/filter') });
  }
  if (OF_MEASURES.includes(measure.aggregate)) checkOf(place);
  else if (measure.of) tell('/of', 'Only a ratio or a difference has "of".');
  if (!OF_FIELD.includes(measure.aggregate)) {
    if (measure.field !== undefined) tell('/field', `A ${measure.aggregate} takes no field.`);
    return;
  }
  if (measure.field === undefined) return tell('', `A ${measure.aggregate} needs "field".`);
  if (place.moves?.kind === 'stages') {
    if (measure.field !== 'time') tell('/field', 'In a stages report the time there is measured: write "time".');
    return;
  }
  if (!measured) return;
  const field = findField(linking, measured, measure.field, below(place.here, '/field'));
  if (field && !fits(field, measure.aggregate))
    tell('/field', `"${measure.field}" is a ${field.type.name}: it has no ${measure.aggregate}.`);
}

/** What only some kinds of report know. */
function checkKind({ measure, doc, moves, tell }: MeasurePlace): void {
  const isFunnel = moves?.kind === 'funnel';
  if (measure.aggregate === 'median' && moves?.kind !== 'stages')
    tell('/aggregate', 'Only the time in stages has a median.');
  if (measure.aggregate === 'conversion' && !isFunnel) tell('/aggregate', 'Only a funnel has a conversion.');
  if (measure.from !== undefined && measure.aggregate !== 'conversion') tell('/from', 'Only a conversion has "from".');
  if (measure.from === 'previous' && !(doc.dimensions ?? []).includes('stage'))
    tell('/from', 'The stage before is known only where "stage" is a dimension.');
  checkStage({ measure, moves, tell });
  if (measure.only !== undefined && moves?.kind !== 'stages')
    tell('/only', 'Only a stages report knows who is still there or late.');
  if (measure.only === 'late' && moves?.kind === 'stages' && moves.time !== 'working')
    tell('/only', 'Goals of stages are in working time. Write "time": "working" in "stages".');
  if (measure.compare !== undefined) checkCompare({ measure, doc, moves, tell });
  if (!moves) return;
  for (const key of ['entity', 'filter', 'compare'] as const)
    if (measure[key] !== undefined) tell(`/${key}`, `A report over moves takes no "${key}" in a measure.`);
}

function checkStage({ measure, moves, tell }: Pick<MeasurePlace, 'measure' | 'moves' | 'tell'>): void {
  const { stage } = measure;
  if (stage === undefined) return;
  if (moves?.kind !== 'funnel') return tell('/stage', 'Only a funnel knows who reached a stage.');
  if (!moves.stages.includes(stage))
    tell('/stage', `"${stage}" is no stage of this funnel${hint(stage, moves.stages)}`);
}

function checkCompare({ measure, doc, tell }: Pick<MeasurePlace, 'measure' | 'doc' | 'moves' | 'tell'>): void {
  if (OF_MEASURES.includes(measure.aggregate))
    tell('/compare', 'Compare what it is made of; a ratio or difference follows from that.');
  if (doc.period === undefined) tell('/compare', 'Without "period" there is no time before. Name the date.');
  const grained = (doc.dimensions ?? []).find((dimension) => dimension.startsWith(`${doc.period}:`));
  if (grained !== undefined)
    tell('/compare', `Another time has no place in rows by "${grained}". Group by something else.`);
}

/** Figures of another entity must know each row, and each choice of the reader. */
function checkBeside(linking: Linking, place: MeasurePlace): void {
  const { measure, doc, here, tell } = place;
  const other = findEntity(linking, measure.entity ?? '', below(here, '/entity'));
  if (!other) return;
  if (OF_MEASURES.includes(measure.aggregate)) tell('/entity', 'A ratio or difference has no entity of its own.');
  const by = measure.by ?? {};
  const fields = (doc.parameters ?? []).flatMap(({ field }) => (field === undefined ? [] : [field]));
  for (const key of [...(doc.dimensions ?? []), ...fields]) {
    if (by[key] === undefined) tell('/by', `"${key}" is missing: which field of ${other.name} says the same?`);
  }
  for (const [key, path] of Object.entries(by)) checkBy(linking, other, { place, key, path });
  if (measure.date === undefined) return;
  const field = findField(linking, other, measure.date, below(here, '/date'));
  if (field && !isTemporal(field)) tell('/date', `"${measure.date}" is a ${field.type.name}, not a date.`);
}

function checkBy(
  linking: Linking,
  other: EntityDraft,
  { place, key, path }: { readonly place: MeasurePlace; readonly key: string; readonly path: string },
): void {
  const at = below(place.here, `/by/${key}`);
  const isParameter = (place.doc.parameters ?? []).some(({ field }) => field === key);
  if ((place.doc.dimensions ?? []).includes(key))
    checkDimension(linking, { entity: other, moves: undefined }, { dimension: path, at });
  else if (!isParameter)
    linking.errors.add(at.file, at.pointer, `"${key}" is neither a dimension nor the field of a parameter.`);
  if (key.split(':')[1] !== path.split(':')[1])
    linking.errors.add(at.file, at.pointer, `"${key}" and "${path}" must have the same grain.`);
}

function fits(field: Field, aggregate: string): boolean {
  return isNumeric(field) || (isTemporal(field) && (aggregate === 'min' || aggregate === 'max'));
}

function checkOf({ doc, measure, tell }: MeasurePlace): void {
  const others = doc.measures.filter(({ aggregate }) => !OF_MEASURES.includes(aggregate) && aggregate !== 'conversion');
  const keys = others.map(({ key }) => key);
  const verb = measure.aggregate === 'ratio' ? 'divide' : 'subtract';
  if (!measure.of) return tell('', `A ${measure.aggregate} needs "of": the keys of two other measures.`);
  for (const [index, key] of measure.of.entries()) {
    if (!keys.includes(key)) tell(`/of/${index}`, `There is no measure "${key}" to ${verb}${hint(key, keys)}`);
  }
}
