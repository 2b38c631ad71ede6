import type { Value } from '../fields/field-type.ts';
import { isMany, isPolymorphic } from '../fields/reference.ts';
import { resolvePath } from '../rules/condition-path.ts';
import type { ResolvedPath } from '../rules/condition-path.ts';
import { parseParameter } from '../rules/parameters.ts';
import { parseCondition, RuleErrors } from '../rules/parse-condition.ts';
import { findDuplicates, humanise } from './keys.ts';
import { defined } from './link-field.ts';
import { followPath } from './paths.ts';
import type { At, EntityDraft, Linking } from './linking.ts';
import type { ParameterDoc, ReportDoc } from './documents.ts';
import type { ReportParameter } from './report-model.ts';

/** What stands in the query of a report for itself. */
export const OWN_PARAMETERS: readonly string[] = [
  'from',
  'to',
  'period',
  'group',
  'template',
  'format',
  'part',
  'measure',
  'row',
  'limit',
  'after',
];

interface ParametersPlace {
  readonly doc: ReportDoc;
  readonly at: At;
  readonly entity: EntityDraft | undefined;
}

/** What the reader may choose, each with its default. */
export function linkParameters(linking: Linking, place: ParametersPlace): readonly ReportParameter[] {
  const parameters = place.doc.parameters ?? [];
  for (const { index } of findDuplicates(parameters.map(({ key }) => key)))
    linking.errors.add(
      place.at.file,
      `/parameters/${index}/key`,
      `The key "${parameters[index]?.key}" stands here twice.`,
    );
  return parameters.map((parameter, index) => linkParameter(linking, place, { parameter, index }));
}

/** What filters are checked with. */
export function defaultsOf(parameters: readonly ReportParameter[]): ReadonlyMap<string, Value> {
  return new Map(parameters.flatMap(({ key, type, default: value }) => (type ? [[key, value ?? null] as const] : [])));
}

function linkParameter(
  linking: Linking,
  { doc, at, entity }: ParametersPlace,
  { parameter, index }: { parameter: ParameterDoc; index: number },
): ReportParameter {
  const { key, field, type, options } = parameter;
  const tell = (pointer: string, message: string): void =>
    linking.errors.add(at.file, `/parameters/${index}${pointer}`, message);
  if (OWN_PARAMETERS.includes(key)) tell('/key', `"${key}" is a parameter of every report. Choose another key.`);
  if ((field === undefined) === (type === undefined)) tell('', 'A parameter has either "field" or "type".');
  if (options && type !== 'text') tell('/options', 'Only a parameter of type text has options.');
  if (field !== undefined && entity) checkField(linking, entity, { field, file: at.file, index });
  if (field !== undefined && entity && parameter.default !== undefined)
    checkDefault(linking, entity, { field, text: String(parameter.default), tell });
  const title = parameter.title ?? (field === undefined ? humanise(key) : undefined);
  if (title !== undefined) linking.texts.set(`reports.${doc.name}.parameters.${key}`, title);
  const value = readDefault(parameter, tell);
  return { key, title: title ?? humanise(key), ...defined({ field, type, options, default: value }) };
}

function checkField(
  linking: Linking,
  entity: EntityDraft,
  { field, file, index }: { field: string; file: string; index: number },
): void {
  const pointer = `/parameters/${index}/field`;
  const found = followPath(linking, entity.name, { path: field, at: { file, pointer } });
  if (!found) return;
  if (found.kind === 'list' && !isMany(found.list.field))
    linking.errors.add(file, pointer, `"${field}" is a list of records, not a field.`);
  if (found.kind === 'field' && isPolymorphic(found.path.field))
    linking.errors.add(
      file,
      pointer,
      `"${field}" points to several entities. Name one after it, such as ${field}.name.`,
    );
}

/** As it will be asked for: a value of the field. What the field itself is, is told elsewhere. */
function checkDefault(
  linking: Linking,
  entity: EntityDraft,
  { field, text, tell }: { field: string; text: string; tell: (pointer: string, message: string) => void },
): void {
  const found = resolved(linking, entity, field);
  if (!found) return;
  const filter = found.kind === 'list' ? { [field]: { contains: text } } : { [field]: { in: text.split(',') } };
  try {
    parseCondition(filter, entity.name, linking.lookup);
  } catch (error) {
    if (!(error instanceof RuleErrors)) throw error;
    tell('/default', error.errors[0]?.message ?? 'Is no value of the field.');
  }
}

function resolved(linking: Linking, entity: EntityDraft, field: string): ResolvedPath | undefined {
  try {
    return resolvePath(field, entity.name, linking.lookup);
  } catch {
    return undefined;
  }
}

function readDefault(
  { type, options, default: given }: ParameterDoc,
  tell: (pointer: string, message: string) => void,
): Value | undefined {
  if (type === undefined) return given === undefined ? undefined : String(given);
  if (given === undefined) {
    tell('', 'A parameter with "type" needs "default": what is taken when nobody chooses.');
    return undefined;
  }
  try {
    return parseParameter(type, given, options);
  } catch (error) {
    tell('/default', error instanceof Error ? error.message : String(error));
    return undefined;
  }
}
