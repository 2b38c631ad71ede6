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

/** Handlebars adds its options as the last argument. */
interface Options {
  readonly hash: Readonly<Record<string, unknown>>;
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
    t: named('t', (args, options) => fill(settings.texts[String(args[0])] ?? String(args[0]), options.hash)),
    money: named('money', ([value, currency]) => formatMoney(value, locale, typeof currency === 'string' ? currency : settings.currency)),
    number: named('number', ([value, digits]) => formatNumber(value, locale, typeof digits === 'number' ? digits : undefined)),
    date: named('date', ([value, style]) => formatDate(value, { locale, zone: settings.zone, style: typeof style === 'string' ? style : 'medium' })),
    eq: named('eq', ([left, right]) => left === right),
  };
}

/** `{{number}}` with nothing after it means the field of that name, not the helper. */
function named(name: string, run: (args: readonly unknown[], options: Options) => unknown): Helper {
  return function helper(this: unknown, ...all: unknown[]) {
    const options = all.at(-1) as Options;
    const args = all.slice(0, -1);
    return args.length === 0 ? (this as Readonly<Record<string, unknown>> | null)?.[name] : run(args, options);
  };
}

/** `{name}` in a text is replaced by the named argument. */
function fill(text: string, values: Readonly<Record<string, unknown>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => (Object.hasOwn(values, key) ? String(values[key] ?? '') : whole));
}

/** Amounts travel as decimal texts and are formatted from the text, so that no digit is lost on the way. */
function numeric(value: unknown): Intl.StringNumericLiteral | number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? (value as Intl.StringNumericLiteral) : undefined;
}

function formatMoney(value: unknown, locale: string, currency: string): string {
  const amount = numeric(value);
  return amount === undefined ? '' : new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);
}

function formatNumber(value: unknown, locale: string, digits: number | undefined): string {
  const amount = numeric(value);
  if (amount === undefined) return '';
  const options = digits === undefined ? { maximumFractionDigits: 20 } : { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, options).format(amount);
}

function formatDate(value: unknown, as: { readonly locale: string; readonly zone: string; readonly style: string }): string {
  if (typeof value !== 'string' || value === '') return '';
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value);
  const at = new Date(isDay ? `${value}T00:00:00Z` : value);
  if (Number.isNaN(at.getTime())) return value;
  const style = DATE_STYLES[isDay && as.style === 'time' ? 'medium' : as.style] ?? DATE_STYLES['medium'];
  return new Intl.DateTimeFormat(as.locale, { ...style, timeZone: isDay ? 'UTC' : as.zone }).format(at);
}
