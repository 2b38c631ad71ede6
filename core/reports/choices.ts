import { accessOf } from '../access/access.ts';
import type { Access } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { Model, Report } from '../definitions/model.ts';
import type { ReportParameter } from '../definitions/report-model.ts';
import { CasementError } from '../errors.ts';
import type { Value } from '../fields/field-type.ts';
import { isMany } from '../fields/reference.ts';
import { resolvePath } from '../rules/condition-path.ts';
import { parseParameter } from '../rules/parameters.ts';
import { didYouMean, parseCondition, RuleErrors } from '../rules/parse-condition.ts';
import type { Filter } from './drill-filter.ts';

/** What the reader chose of a report's parameters. */
export interface Choices {
  /** Values of the parameters with a type, the default where none was given. */
  readonly values: ReadonlyMap<string, Value>;
  /** Parameters with a field for which something was chosen. */
  readonly chosen: readonly Chosen[];
}

export interface Chosen {
  readonly parameter: ReportParameter;
  readonly field: string;
  readonly texts: readonly string[];
}

const MAX_CHOSEN = 100;

/** The parameters that this caller may use: one whose field he may not read is not there. */
export function parametersOf(access: Access, report: Report): readonly ReportParameter[] {
  return report.parameters.filter(({ field }) => field === undefined || mayRead(access, report.entity, field));
}

function mayRead(access: Access, entity: string, path: string): boolean {
  try {
    resolvePath(path, entity, access.lookup);
    return true;
  } catch {
    return false;
  }
}

/** BAD_REQUEST for what is no parameter of the report, or no value of it. */
export function readChoices(
  model: Model,
  ctx: Context,
  of: { readonly report: Report; readonly given: Readonly<Record<string, string>> },
): Choices {
  const { report, given } = of;
  const access = accessOf(model, ctx.principal);
  const known = parametersOf(access, report);
  for (const key of Object.keys(given)) {
    if (known.some((parameter) => parameter.key === key)) continue;
    const keys = ['from', 'to', 'period', 'group', ...known.map((parameter) => parameter.key)];
    throw new CasementError('BAD_REQUEST', `The parameter "${key}" is not known here.${didYouMean(key, keys)}`);
  }
  const values = new Map<string, Value>();
  const chosen: Chosen[] = [];
  for (const parameter of known) {
    const { key, field, type } = parameter;
    const text = given[key] ?? '';
    if (type) values.set(key, text === '' ? (parameter.default ?? null) : valueOf(parameter, text));
    const texts = (text === '' ? String(parameter.default ?? '') : text).split(',').filter((one) => one !== '');
    if (field === undefined || texts.length === 0) continue;
    if (texts.length > MAX_CHOSEN)
      throw new CasementError('BAD_REQUEST', `The parameter "${key}" takes at most ${MAX_CHOSEN} values.`);
    chosen.push({ parameter, field, texts });
    checkChoice(access, report.entity, { key, filter: choiceFilter(model, report.entity, { field, texts }) });
  }
  return { values, chosen };
}

function valueOf({ key, type = 'text', options }: ReportParameter, text: string): Value {
  try {
    return parseParameter(type, text, options);
  } catch (error) {
    throw new CasementError('BAD_REQUEST', `The parameter "${key}": ${(error as Error).message}`);
  }
}

function checkChoice(access: Access, entity: string, { key, filter }: { key: string; filter: Filter }): void {
  try {
    parseCondition(filter, entity, access.lookup);
  } catch (error) {
    if (!(error instanceof RuleErrors)) throw error;
    throw new CasementError('BAD_REQUEST', `The parameter "${key}": ${error.errors[0]?.message ?? 'is wrong.'}`);
  }
}

/** The records with any of the chosen values in a field, or in a list of references. */
export function choiceFilter(
  model: Model,
  entity: string,
  { field, texts }: { readonly field: string; readonly texts: readonly string[] },
): Filter {
  const resolved = resolvePath(field, entity, model);
  const isList = resolved.kind === 'list' && isMany(resolved.list.field);
  if (isList) return { any: texts.map((text) => ({ [field]: { contains: text } })) };
  return { [field]: { in: texts } };
}

/** The key of the text that names a parameter: its own, else that of its field. */
export function titleKey(model: Model, { name, entity }: Report, { key, field }: ReportParameter): string {
  const own = `reports.${name}.parameters.${key}`;
  if (field === undefined || model.texts.keys.has(own)) return own;
  const resolved = resolvePath(field, entity, model);
  const last = resolved.kind === 'list' ? resolved.list.field : resolved.path.field;
  const holder = (resolved.kind === 'list' ? resolved.hops : resolved.path.hops).at(-1)?.entity ?? entity;
  return `entities.${holder}.fields.${last.key}`;
}
