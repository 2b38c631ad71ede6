import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { Field, Model } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import { resolvePath } from '../rules/condition-path.ts';
import { parametersOf, titleKey } from './choices.ts';
import type { Chosen } from './choices.ts';
import { labelDimensions } from './dimension-labels.ts';
import type { Plan, ReportDeps } from './plan.ts';
import type { ChosenParameter } from './result.ts';
import { textOf } from './value-text.ts';

/** What a report was asked with, as it may be given again and as people read it: records by their names. */
export async function chosenParameters(
  deps: ReportDeps,
  ctx: Context,
  plan: Plan,
): Promise<readonly ChosenParameter[]> {
  const { model, report, choices } = plan;
  const parameters = parametersOf(accessOf(model, ctx.principal), report);
  return Promise.all(
    parameters.map(async (parameter): Promise<ChosenParameter> => {
      const { key, field } = parameter;
      const title = model.texts.get(titleKey(model, report, parameter), ctx.locale);
      const chosen = choices.chosen.find((choice) => choice.parameter.key === key);
      const value: Value = field === undefined ? (choices.values.get(key) ?? null) : (chosen?.texts.join(',') ?? null);
      const text = chosen ? await namesOf(deps, ctx, { plan, chosen }) : textOf(value);
      return { key, title, value, text };
    }),
  );
}

/** `$me` is the reader himself. */
async function namesOf(
  deps: ReportDeps,
  ctx: Context,
  { plan, chosen }: { readonly plan: Plan; readonly chosen: Chosen },
): Promise<string> {
  const { model, report } = plan;
  const field = fieldOf(model, report.entity, chosen.field);
  if (!field) return chosen.texts.join(', ');
  const key = chosen.field;
  const values = chosen.texts.map((text) => (text === '$me' ? (ctx.principal.id ?? text) : text));
  const labels = await labelDimensions({ ...deps, model }, ctx, {
    dimensions: [{ key, path: key, field, title: () => field.title }],
    rows: values.map((value) => ({ [key]: value })),
  });
  return labels.map((label, index) => label[key] || (values[index] ?? '')).join(', ');
}

function fieldOf(model: Model, entity: string, path: string): Field | undefined {
  const resolved = resolvePath(path, entity, model);
  const { hops } = resolved.kind === 'list' ? resolved : resolved.path;
  const { key } = resolved.kind === 'list' ? resolved.list : resolved.path.field;
  return model.entity(hops.at(-1)?.entity ?? entity).fields.get(key);
}
