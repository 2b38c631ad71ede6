import { isJsonObject } from '../rules/json-object.ts';

/** The functions a template may call: `t money date number eq`. Pure, by the language and zone of the document. */

export interface TemplateSettings {
  /** BCP 47, such as `et`. */
  readonly language: string;
  /** ISO 4217, used where the template names no other. */
  readonly currency: string;
  /** IANA zone that instants are shown in. */
  readonly zone: string;
  /** Texts of `t` by key. */
  readonly texts: Readonly<Record<string, string>>;
}

type Helper = (this: unknown, ...args: unknown[]) => unknown;

const DATE_STYLES: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  short: { dateStyle: 'short' },
  medium: { dateStyle: 'medium' },
  long: { dateStyle: 'long' },
  full: { dateStyle: 'full' },
  time: { dateStyle: 'medium', timeStyle: 'short' },
};

export function templateHelpers(settings: TemplateSettings): Readonly<Record<string, Helper>> {
  const locale = Intl.NumberFormat.supportedLocalesOf([settings.language]).length > 0 ? settings.language : 'en';
  return {
    t: named('t', (args, hash) => fill(settings.texts[String(args[0])] ?? String(args[0]), hash)),
    money: named('money', ([value, currency]) =>
      formatMoney(value, locale, typeof currency === 'string' ? currency : settings.currency),
    ),
    number: named('number', ([value, digits]) =>
      formatNumber(value, locale, typeof digits === 'number' ? digits : undefined),
    ),
    date: named('date', ([value, style]) =>
      formatDate(value, { locale, zone: settings.zone, style: typeof style === 'string' ? style : 'medium' }),
    ),
    eq: named('eq', ([left, right]) => left === right),
  };
}

/** Handlebars adds its options as the last argument. `{{number}}` with nothing before them means the field of that name, not the helper. */
function named(
  name: string,
  run: (args: readonly unknown[], hash: Readonly<Record<string, unknown>>) => unknown,
): Helper {
  return function helper(this: unknown, ...all: unknown[]) {
    const options = all.at(-1);
    const args = all.slice(0, -1);
    if (args.length === 0) return isJsonObject(this) ? this[name] : undefined;
    return run(args, isJsonObject(options) && isJsonObject(options['hash']) ? options['hash'] : {});
  };
}

/** `{name}` in a text is replaced by the named argument. */
function fill(text: string, values: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => (Object.hasOwn(values, key) ? plain(values[key]) : whole));
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Amounts travel as decimal texts and are formatted from the text, so that no digit is lost on the way. */
function isNumeric(value: unknown): value is Intl.StringNumericLiteral | number {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}

function formatMoney(value: unknown, locale: string, currency: string): string {
  return !isNumeric(value) ? '' : new Intl.NumberFormat(locale, { style: 'currency', currency }).format(value);
}

function formatNumber(value: unknown, locale: string, digits: number | undefined): string {
  if (!isNumeric(value)) return '';
  const options =
    digits === undefined
      ? { maximumFractionDigits: 20 }
      : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, options).format(value);
}

function formatDate(
  value: unknown,
  as: { readonly locale: string; readonly zone: string; readonly style: string },
): string {
  if (typeof value !== 'string' || value === '') return '';
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const at = new Date(isDay ? `${value}T00:00:00Z` : value);
  if (Number.isNaN(at.getTime())) return value;
  const style = DATE_STYLES[isDay && as.style === 'time' ? 'medium' : as.style] ?? DATE_STYLES['medium'];
  return new Intl.DateTimeFormat(as.locale, { ...style, timeZone: isDay ? 'UTC' : as.zone }).format(at);
}
