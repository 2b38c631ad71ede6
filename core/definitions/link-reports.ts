import { hint } from './check-schema.ts';
import { checkMeasures } from './check-measures.ts';
import { findDuplicates, humanise } from './keys.ts';
import { defined } from './link-field.ts';
import { linkMoves } from './link-moves.ts';
import { defaultsOf, linkParameters } from './link-parameters.ts';
import { below, findEntity, findField, type At, type EntityDraft, type Linking } from './linking.ts';
import { isTemporal } from './link-sources.ts';
import { followPath } from './paths.ts';
import { checkDimension, checkFilter, type ReportPlace } from './report-place.ts';
import type { Document, MeasureDoc, ReportDoc } from './documents.ts';
import type { Measure, Report } from './model.ts';

/** The reports, every name in them checked. */
export function linkReports(linking: Linking): ReadonlyMap<string, Report> {
  const documents = linking.documents.of.report;
  return new Map(documents.map((document) => [document.name, linkReport(linking, document)]));
}

function linkReport(linking: Linking, document: Document<ReportDoc>): Report {
  const doc = document.json;
  const at: At = { file: document.file, pointer: '' };
  const title = doc.title ?? humanise(doc.name);
  linking.texts.set(`reports.${doc.name}.title`, title);
  linking.texts.set(`reports.${doc.name}.description`, doc.description);
  const measures = doc.measures.map((measure) => linkMeasure(linking, doc.name, measure));
  const entity = findEntity(linking, doc.entity, below(at, '/entity'));
  const parameters = linkParameters(linking, { doc, at, entity });
  const moves = entity ? linkMoves(linking, { doc, at, entity }) : undefined;
  if (moves) linking.texts.set(`reports.${doc.name}.entered`, 'Entered');
  const classes = linkClasses(linking, doc);
  if (entity) checkReport(linking, { doc, at, entity, moves, defaults: defaultsOf(parameters) });
  const { name, description, filter, period, defaultPeriod, details } = doc;
  return {
    name,
    title,
    description,
    entity: doc.entity,
    measures,
    dimensions: doc.dimensions ?? [],
    parameters,
    chart: doc.chart ?? 'table',
    ...defined({ filter, period, defaultPeriod, moves, classes }),
    ...(details ? { details: { sort: ['-id'], ...details } } : {}),
  };
}

function linkMeasure(linking: Linking, report: string, doc: MeasureDoc): Measure {
  const title = doc.title ?? humanise(doc.key);
  linking.texts.set(`reports.${report}.measures.${doc.key}`, title);
  const { key, aggregate, field, filter, of, compare, stage, from, only } = doc;
  const beside =
    doc.entity === undefined ? undefined : { entity: doc.entity, by: doc.by ?? {}, ...defined({ date: doc.date }) };
  return { key, title, aggregate, ...defined({ field, filter, of, beside, compare, stage, from, only }) };
}

function linkClasses(linking: Linking, { name, classes }: ReportDoc): Report['classes'] {
  if (!classes) return undefined;
  const title = classes.title ?? 'Class';
  linking.texts.set(`reports.${name}.class`, title);
  const bands = classes.bands.map((band) => {
    const text = band.title ?? humanise(band.key);
    linking.texts.set(`reports.${name}.bands.${band.key}`, text);
    return { key: band.key, title: text, ...(band.from === undefined ? {} : { from: String(band.from) }) };
  });
  return { title, of: classes.of, bands };
}

function checkReport(linking: Linking, place: ReportPlace): void {
  const { doc, at, entity, moves } = place;
  checkMeasures(linking, place);
  for (const [index, dimension] of (doc.dimensions ?? []).entries())
    checkDimension(linking, { entity, moves }, { dimension, at: below(at, `/dimensions/${index}`) });
  checkFilter(linking, place, { entity: entity.name, filter: doc.filter, at: below(at, '/filter') });
  checkPeriod(linking, place);
  checkClasses(linking, place);
  checkDetailsMeasure(linking, place);
  for (const part of ['fields', 'sort'] as const) {
    for (const [index, path] of (doc.details?.[part] ?? []).entries())
      checkColumn(linking, entity, { path: path.replace(/^-/, ''), at: below(at, `/details/${part}/${index}`) });
  }
}

function checkPeriod(linking: Linking, { doc, at, entity, moves }: ReportPlace): void {
  const tell = (pointer: string, message: string): void => linking.errors.add(at.file, pointer, message);
  if (moves && doc.period !== undefined)
    return tell('/period', 'The period of this report is that of entering a stage. Leave "period" out.');
  if (moves && doc.details)
    tell('/details', 'A report over moves lists no records: its figures open them. Leave "details" out.');
  if (!moves && doc.defaultPeriod !== undefined && doc.period === undefined)
    tell('/defaultPeriod', 'Without "period" there is no date that a period could apply to. Name one.');
  if (doc.period === undefined) return;
  const field = findField(linking, entity, doc.period, below(at, '/period'));
  if (field && !isTemporal(field)) tell('/period', `"${doc.period}" is a ${field.type.name}, not a date.`);
}

function checkClasses(linking: Linking, { doc, at }: ReportPlace): void {
  const { classes } = doc;
  if (!classes) return;
  const tell = (pointer: string, message: string): void => linking.errors.add(at.file, `/classes${pointer}`, message);
  const measures = doc.measures.map(({ key }) => key);
  if (!measures.includes(classes.of)) tell('/of', `There is no measure "${classes.of}"${hint(classes.of, measures)}`);
  const numbers = (doc.parameters ?? [])
    .filter(({ type }) => type === 'number' || type === 'integer')
    .map(({ key }) => key);
  for (const { index } of findDuplicates(classes.bands.map(({ key }) => key)))
    tell(`/bands/${index}/key`, `The key "${classes.bands[index]?.key}" stands here twice.`);
  for (const [index, { from }] of classes.bands.entries()) {
    const isLast = index === classes.bands.length - 1;
    if (isLast && from !== undefined) tell(`/bands/${index}/from`, 'The last class takes the rest. Leave "from" out.');
    else if (!isLast && from === undefined) tell(`/bands/${index}`, '"from" is missing: only the last takes the rest.');
    else if (typeof from === 'string' && !/^-?\d+(\.\d+)?$/.test(from) && !numbers.includes(from))
      tell(
        `/bands/${index}/from`,
        `"${from}" is neither a number nor a parameter of type number${hint(from, numbers)}`,
      );
  }
}

/** The records of one measure; of another entity they have other fields. */
function checkDetailsMeasure(linking: Linking, { doc, at }: ReportPlace): void {
  const key = doc.details?.of;
  if (key === undefined) return;
  const keys = doc.measures.filter(({ of, entity }) => !of && entity === undefined).map((measure) => measure.key);
  if (!keys.includes(key))
    linking.errors.add(at.file, '/details/of', `There is no measure "${key}" of ${doc.entity}${hint(key, keys)}`);
}

function checkColumn(linking: Linking, entity: EntityDraft, { path, at }: { path: string; at: At }): void {
  const found = followPath(linking, entity.name, { path, at });
  if (found?.kind === 'list') linking.errors.add(at.file, at.pointer, `"${path}" is a list of records, not a field.`);
}
