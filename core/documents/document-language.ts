import type { Model, Template } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isRecordData, textOf } from './record-value.ts';
import type { TemplateSource } from './render-html.ts';

/** The client's language when the template names a path to it and the texts know it, else the organisation's, else English. */
export function documentLanguage(
  model: Model,
  template: Template,
  of: { readonly record: RecordData; readonly organisation: string },
): string {
  const client = template.language === undefined ? null : valueAt(of.record, template.language);
  const wished = [textOf(client), of.organisation].filter((language) => language !== '');
  const known = new Set(['en', ...model.languages, ...template.sources.keys()]);
  for (const language of wished) {
    const match = [language, baseOf(language)].find((candidate) => known.has(candidate));
    if (match) return match;
  }
  return 'en';
}

/** The template's text in a language: its own, that of the base language, the one for every language, or any at all. */
export function sourceFor(template: Template, language: string): TemplateSource {
  const keys = [language, baseOf(language), '', 'en', ...template.sources.keys()];
  const key = keys.find((candidate) => template.sources.has(candidate)) ?? '';
  const name = key === '' ? `${template.name}.hbs` : `${template.name}.${key}.hbs`;
  return { name, source: template.sources.get(key) ?? '', escape: true };
}

/** The texts that `t` may name in this template. */
export function textsFor(model: Model, template: Template, language: string): Record<string, string> {
  const prefix = `templates.${template.name}.texts.`;
  const keys = [...model.texts.keys.keys()].filter((key) => key.startsWith(prefix));
  return Object.fromEntries(keys.map((key) => [key.slice(prefix.length), model.texts.get(key, language)]));
}

function baseOf(language: string): string {
  return language.split('-', 1)[0] ?? language;
}

function valueAt(record: RecordData, path: string): Value {
  let value: Value = record;
  for (const key of path.split('.')) {
    if (!isRecordData(value)) return null;
    value = value[key] ?? null;
  }
  return value;
}
