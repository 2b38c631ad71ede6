import { createInstance } from 'i18next';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ApiError } from '../api/client.ts';
import { detailText, errorText } from './error-text.ts';

const LANGUAGES = ['en', 'et', 'ru'] as const;
type Texts = { readonly [key: string]: string | Texts };
const load = (language: string): Texts =>
  JSON.parse(readFileSync(new URL(`./${language}.json`, import.meta.url), 'utf8')) as Texts;

const flat = (texts: Texts, prefix = ''): readonly (readonly [string, string])[] =>
  Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string' ? [[prefix + key, value] as const] : flat(value, `${prefix}${key}.`),
  );

/** Languages have different plurals: their forms count as one key. */
const base = (key: string): string => key.replace(/_(one|few|many|other)$/, '');
const slots = (text: string): readonly string[] =>
  [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? '').sort();

describe('the texts of the UI', () => {
  const english = flat(load('en'));
  it.each(LANGUAGES)('are complete in %s', (language) => {
    const keys = new Set(flat(load(language)).map(([key]) => base(key)));
    expect([...keys].sort()).toEqual([...new Set(english.map(([key]) => base(key)))].sort());
  });
  it.each(LANGUAGES)('fill the same slots in %s', (language) => {
    const expected = new Map(english.map(([key, text]) => [base(key), slots(text).join()]));
    // "One field" names no number.
    const others = flat(load(language)).filter(([key]) => !key.endsWith('_one'));
    expect(others.filter(([key, text]) => slots(text).join() !== expected.get(base(key)))).toEqual([]);
  });
  it.each(LANGUAGES)('have every plural form of %s', (language) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    const keys = new Set(flat(load(language)).map(([key]) => key));
    for (const key of ['list.count', 'notifications.unread', 'forms.seeFields']) {
      expect(forms.filter((form) => !keys.has(`${key}_${form}`))).toEqual([]);
    }
  });
});

describe('errors', () => {
  const t = async (language: string) => {
    const instance = createInstance();
    await instance.init({
      lng: language,
      resources: { [language]: { translation: load(language) } },
      interpolation: { escapeValue: false },
    });
    return instance.t;
  };
  it('are told by code, params and type of the field', async () => {
    expect(
      detailText({ path: '/title', code: 'maxLength', message: 'Must be…', params: { limit: 120 } }, await t('et')),
    ).toBe('Kõige rohkem 120 tähemärki.');
    expect(detailText({ path: '/phone', code: 'format', message: 'x' }, await t('ru'), 'phone')).toBe(
      'Введите номер телефона, от 5 до 15 цифр.',
    );
    expect(detailText({ path: '/x', code: 'format', message: 'x' }, await t('en'), 'text')).toBe(
      'This does not look right.',
    );
  });
  it('come as the server said them where the UI has no words', async () => {
    const gate = { path: '/lines', code: 'gate', message: 'Vähemalt üks rida' };
    expect(detailText(gate, await t('et'))).toBe('Vähemalt üks rida');
    expect(
      errorText(new ApiError({ status: 422, code: 'VALIDATION', detail: 'No', errors: [gate] }), await t('et')),
    ).toBe('Vähemalt üks rida');
    expect(
      errorText(new ApiError({ status: 403, code: 'FORBIDDEN', detail: 'Only the head may' }), await t('en')),
    ).toBe('Only the head may');
    expect(errorText(new ApiError({ status: 0, code: 'OFFLINE', detail: 'x' }), await t('en'))).toContain(
      'cannot be reached',
    );
    expect(errorText(new Error('bug'), await t('en'))).toContain('Something went wrong');
  });
});
