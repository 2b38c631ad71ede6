import type { Model, Step } from '../definitions/model.ts';
import { evaluateValue } from '../rules/evaluate-value.ts';
import type { ValueEnv } from '../rules/value.ts';
import type { StepInput } from './action-type.ts';

export type RenderText = (source: string, scope: Readonly<Record<string, unknown>>) => string;

export interface InputSource {
  readonly model: Model;
  readonly rule: string;
  readonly step: Step;
  readonly env: ValueEnv;
  readonly renderText: RenderText;
}

/**
 * A step's `with`, worked out. Texts people read (`title`, `subject`, `body`, and those inside `set`) come from the package's translations,
 * `automations.<rule>.<step>.<name>`, in the language asked for.
 */
export function stepInput(source: InputSource, language: string): StepInput {
  const value = evaluateValue(source.step.with, source.env, source.renderText);
  if (!isObject(value)) return {};
  const input = translated(source, value, language);
  return isObject(input['set']) ? { ...input, set: translated(source, input['set'], language) } : input;
}

function translated(source: InputSource, input: StepInput, language: string): StepInput {
  const { model, rule, step, env, renderText } = source;
  const texts: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(input)) {
    const key = `automations.${rule}.${step.key}.${name}`;
    if (typeof value !== 'string' || !model.texts.keys.has(key)) continue;
    texts[name] = renderText(model.texts.get(key, language), env.scope);
  }
  return { ...input, ...texts };
}

function isObject(value: unknown): value is StepInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
