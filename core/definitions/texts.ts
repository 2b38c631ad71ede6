import { hint, objectOf } from './check-schema.ts';
import { SYSTEM_TITLES } from './system-fields.ts';
import type { ErrorSink } from './definition-errors.ts';
import { FOLDERS, type Document, type LocaleFile } from './documents.ts';
import type { EntityDraft } from './linking.ts';
import type { Texts } from './model.ts';

/** Collects the translatable texts of the entities. Fields that every record has are translated once, under `fields.<key>`. */
export function collectEntityTexts(entities: ReadonlyMap<string, EntityDraft>, texts: Map<string, string>): void {
  for (const [key, title] of Object.entries(SYSTEM_TITLES)) texts.set(`fields.${key}`, title);
  for (const entity of entities.values()) {
    const prefix = `entities.${entity.name}`;
    texts.set(`${prefix}.title`, entity.title);
    texts.set(`${prefix}.pluralTitle`, entity.pluralTitle);
    for (const field of entity.fields.values()) {
      if (Object.hasOwn(SYSTEM_TITLES, field.key)) continue;
      texts.set(`${prefix}.fields.${field.key}`, field.title);
      if (field.help !== undefined) texts.set(`${prefix}.help.${field.key}`, field.help);
      if (isOfRoles(field.schema)) continue;
      for (const [option, title] of Object.entries(field.optionTitles))
        texts.set(`${prefix}.options.${field.key}.${option}`, title);
    }
  }
}

/** Keys whose text stands under another key: options of `stage`, `pipeline` and of role lists, titles of system fields. */
export function collectAliases(
  entities: ReadonlyMap<string, EntityDraft>,
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const aliases = new Map<string, string>();
  for (const entity of entities.values()) {
    const prefix = `entities.${entity.name}`;
    for (const field of entity.fields.values()) {
      if (Object.hasOwn(SYSTEM_TITLES, field.key)) aliases.set(`${prefix}.fields.${field.key}`, `fields.${field.key}`);
      if (isOfRoles(field.schema))
        for (const role of field.options ?? [])
          aliases.set(`${prefix}.options.${field.key}.${role}`, `roles.${role}.title`);
    }
    for (const pipeline of entity.pipelines) {
      aliases.set(`${prefix}.options.pipeline.${pipeline}`, `pipelines.${pipeline}.title`);
      for (const stage of entity.fields.get('stage')?.options ?? []) {
        const key = `pipelines.${pipeline}.stages.${stage}.title`;
        const alias = `${prefix}.options.stage.${stage}`;
        if (texts.has(key) && !aliases.has(alias)) aliases.set(alias, key);
      }
    }
  }
  return aliases;
}

function isOfRoles(schema: Readonly<Record<string, unknown>>): boolean {
  return objectOf(schema['x-field'])['options'] === 'roles';
}

export interface TextSources {
  /** Every translatable key with the definition's own text. */
  readonly keys: ReadonlyMap<string, string>;
  readonly aliases: ReadonlyMap<string, string>;
  /** In package order; a later text wins. */
  readonly locales: readonly LocaleFile[];
  readonly errors: ErrorSink;
  /** Their texts may be unknown only because they are broken. */
  readonly broken: readonly Document[];
}

/** The texts by language. A key that names nothing is an error. */
export function createTexts({ keys, aliases, locales, errors, broken }: TextSources): Texts {
  const doubtful = broken.map(({ kind, name }) => `${kind === 'template' ? 'templates' : FOLDERS[kind]}.${name}.`);
  const lostEntity = broken.some(({ kind, name }) => kind === 'entity' && !keys.has(`entities.${name}.title`));
  const byLanguage = new Map<string, Map<string, string>>();
  for (const { language, file, texts } of locales) {
    const known = byLanguage.get(language) ?? new Map<string, string>();
    byLanguage.set(language, known);
    for (const [key, text] of Object.entries(texts)) {
      if (key === '$schema' || key === '$comment') continue;
      const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (lostEntity || doubtful.some((prefix) => key.startsWith(prefix))) continue;
      if (!keys.has(key) && !aliases.has(key)) errors.add(file, pointer, unknownText(key, keys, errors));
      else if (typeof text !== 'string' || text === '') errors.add(file, pointer, 'Must be a text.');
      else known.set(key, text);
    }
  }
  const find = (key: string, locale: string): string | undefined => {
    for (const language of chain(locale)) {
      const text = byLanguage.get(language)?.get(key);
      if (text !== undefined) return text;
    }
    return undefined;
  };
  return {
    keys,
    get(key, locale) {
      const alias = aliases.get(key);
      return (
        find(key, locale) ??
        (alias === undefined ? undefined : find(alias, locale)) ??
        keys.get(key) ??
        keys.get(alias ?? '') ??
        key
      );
    },
    missing(locale) {
      const own = [byLanguage.get(locale), byLanguage.get(baseOf(locale))];
      if (baseOf(locale) === 'en') return [];
      return [...keys]
        .filter(([key, text]) => hasWords(text) && !own.some((texts) => texts?.has(key)))
        .map(([key]) => key);
    },
  };
}

/** A text of `{{…}}` alone needs no translation. */
function hasWords(text: string): boolean {
  return /\p{L}/u.test(text.replaceAll(/\{\{[^}]*\}\}/g, ''));
}

/** The language itself, its base language, English. */
function chain(locale: string): readonly string[] {
  return [...new Set([locale, baseOf(locale), 'en'])];
}

function baseOf(locale: string): string {
  return locale.split('-')[0] ?? locale;
}

/** Guessing what was meant takes time, so it ends where nobody reads on. */
function unknownText(key: string, keys: ReadonlyMap<string, string>, { errors }: ErrorSink): string {
  return `There is nothing to translate by this name${errors.length > 100 ? '.' : hint(key, near(key, keys))}`;
}

/** Keys worth comparing a wrong one with: those under the same first two names. */
function near(key: string, keys: ReadonlyMap<string, string>): readonly string[] {
  const [first = '', second = ''] = key.split('.');
  const close = [...keys.keys()].filter((known) => known.startsWith(`${first}.${second}.`));
  return close.length > 0 ? close : [...keys.keys()].filter((known) => known.startsWith(first.slice(0, 3)));
}
