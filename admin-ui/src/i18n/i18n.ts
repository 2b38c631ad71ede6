import i18next, { type i18n } from 'i18next';
import { initReactI18next } from 'react-i18next';

/** The languages the UI itself has texts in. A business may have more: their screens then mix with English. */
export const UI_LANGUAGES = { en: 'English', et: 'Eesti', ru: 'Русский' } as const;

const TEXTS = import.meta.glob<{ default: Record<string, unknown> }>('./*.json');
const STORED = 'casement.language';

const baseOf = (language: string): string => language.toLowerCase().split('-')[0] ?? 'en';

export const languageName = (language: string): string => {
  const own = UI_LANGUAGES[baseOf(language) as keyof typeof UI_LANGUAGES];
  if (own) return own;
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
};

/** What this browser chose last, else what it speaks. */
export function preferredLanguage(): string {
  const stored = localStorage.getItem(STORED);
  if (stored) return stored;
  return navigator.languages.map(baseOf).find((language) => language in UI_LANGUAGES) ?? 'en';
}

/** The choice of a person whose account cannot keep it; null forgets it. */
export function rememberLanguage(user: string, language: string | null): void {
  if (language) localStorage.setItem(`${STORED}.${user}`, language);
  else localStorage.removeItem(`${STORED}.${user}`);
}

export const rememberedLanguage = (user: string): string | null => localStorage.getItem(`${STORED}.${user}`);

/** Switches the UI's texts, loading only those of the language (and English for one it lacks). */
export async function setLanguage(instance: i18n, language: string): Promise<void> {
  const wanted = baseOf(language);
  const source = wanted in UI_LANGUAGES ? wanted : 'en';
  if (!instance.hasResourceBundle(source, 'translation')) {
    const load = TEXTS[`./${source}.json`];
    if (load) instance.addResourceBundle(source, 'translation', (await load()).default);
  }
  localStorage.setItem(STORED, language);
  document.documentElement.lang = language;
  if (instance.language !== language) await instance.changeLanguage(language);
}

export async function createI18n(): Promise<i18n> {
  const instance = i18next.createInstance();
  const language = preferredLanguage();
  await instance.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    resources: {},
    partialBundledLanguages: true,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await setLanguage(instance, language);
  return instance;
}
