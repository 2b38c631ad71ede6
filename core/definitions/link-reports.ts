import { parseCondition } from '../rules/parse-condition.ts';
import { hint, listOf } from './check-schema.ts';
import { findDuplicates, humanise } from './keys.ts';
import { defined } from './link-field.ts';
import { attempt, below, findEntity, findField, type At, type EntityDraft, type Linking } from './linking.ts';
import { isNumeric, isTemporal } from './link-sources.ts';
import { followPath } from './paths.ts';
import type { Document, ReportDoc } from './documents.ts';
import type { Field, Measure, Report } from './model.ts';

const GRAINS = ['day', 'week', 'month', 'quarter', 'year'];

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
  if (entity) checkReport(linking, entity, { doc, at });
  const { name, description, filter, period } = doc;
  return {
    name,
    title,
    description,
    entity: doc.entity,
    measures,
    dimensions: doc.dimensions ?? [],
    chart: doc.chart ?? 'table',
    ...defined({ filter, period }),
  };
}

function linkMeasure(linking: Linking, report: string, doc: ReportDoc['measures'][number]): Measure {
  const title = doc.title ?? humanise(doc.key);
  linking.texts.set(`reports.${report}.measures.${doc.key}`, title);
  return {
    key: doc.key,
    title,
    aggregate: doc.aggregate,
    ...defined({ field: doc.field, filter: doc.filter, of: doc.of }),
  };
}

function checkReport(linking: Linking, entity: EntityDraft, { doc, at }: { doc: ReportDoc; at: At }): void {
  for (const { index } of findDuplicates(doc.measures.map((measure) => measure.key))) {
    linking.errors.add(at.file, `/measures/${index}/key`, `The key "${doc.measures[index]?.key}" stands here twice.`);
  }
  for (const [index, measure] of doc.measures.entries())
    checkMeasure(linking, entity, { doc, measure, at: below(at, `/measures/${index}`) });
  for (const [index, dimension] of (doc.dimensions ?? []).entries())
    checkDimension(linking, entity, { dimension, at: below(at, `/dimensions/${index}`) });
  if (doc.filter) attempt(linking, below(at, '/filter'), () => parseCondition(doc.filter, entity.name, linking.lookup));
  if (doc.period === undefined) return;
  const field = findField(linking, entity, doc.period, below(at, '/period'));
  if (field && !isTemporal(field))
    linking.errors.add(at.file, '/period', `"${doc.period}" is a ${field.type.name}, not a date.`);
}

interface MeasureCheck {
  readonly doc: ReportDoc;
  readonly measure: ReportDoc['measures'][number];
  readonly at: At;
}

function checkMeasure(linking: Linking, entity: EntityDraft, { doc, measure, at }: MeasureCheck): void {
  const tell = (pointer: string, message: string): void => linking.errors.add(at.file, at.pointer + pointer, message);
  if (measure.filter)
    attempt(linking, below(at, '/filter'), () => parseCondition(measure.filter, entity.name, linking.lookup));
  if (measure.aggregate === 'ratio') checkRatio({ doc, measure, at }, tell);
  else if (measure.of) tell('/of', 'Only a ratio has "of".');
  const needsField = measure.aggregate !== 'ratio' && measure.aggregate !== 'count';
  if (!needsField) {
    if (measure.field !== undefined) tell('/field', `A ${measure.aggregate} takes no field.`);
    return;
  }
  if (measure.field === undefined) return tell('', `A ${measure.aggregate} needs "field".`);
  const field = findField(linking, entity, measure.field, below(at, '/field'));
  if (field && !fits(field, measure.aggregate))
    tell('/field', `"${measure.field}" is a ${field.type.name}: it has no ${measure.aggregate}.`);
}

function fits(field: Field, aggregate: string): boolean {
  return isNumeric(field) || (isTemporal(field) && (aggregate === 'min' || aggregate === 'max'));
}

function checkRatio({ doc, measure }: MeasureCheck, tell: (pointer: string, message: string) => void): void {
  if (!measure.of) return tell('', 'A ratio needs "of": the keys of two other measures.');
  const others = doc.measures.filter((other) => other.aggregate !== 'ratio').map((other) => other.key);
  for (const [index, key] of measure.of.entries()) {
    if (!others.includes(key)) tell(`/of/${index}`, `There is no measure "${key}" to divide${hint(key, others)}`);
  }
}

function checkDimension(linking: Linking, entity: EntityDraft, { dimension, at }: { dimension: string; at: At }): void {
  const [path = '', grain] = dimension.split(':');
  const found = followPath(linking, entity.name, { path, at });
  if (!found) return;
  const tell = (message: string): void => linking.errors.add(at.file, at.pointer, message);
  if (found.kind === 'list') return tell(`"${path}" is a list of records: nothing can be grouped by it.`);
  const temporal = isTemporal(found.path.field);
  if (grain === undefined) return;
  if (!temporal) tell(`"${path}" is a ${found.path.field.type.name}: only a date has a grain.`);
  else if (!GRAINS.includes(grain)) tell(`"${grain}" is no grain${hint(grain, GRAINS)} It may be ${listOf(GRAINS)}.`);
}
