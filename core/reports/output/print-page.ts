import type { RecordData, Value } from '../../fields/field-type.ts';
import type { Details, ReportColumn, ReportResult } from '../result.ts';
import { textOf } from '../value-text.ts';
import { PAGE_TEMPLATE } from './page-template.ts';
import { wordsOf } from './words.ts';

/** What printing needs of the renderer of documents. */
export interface PageRenderer {
  readonly html: {
    render(request: {
      readonly sources: readonly { readonly name: string; readonly source: string; readonly escape: boolean }[];
      readonly data: unknown;
      readonly settings: {
        readonly language: string;
        readonly currency: string;
        readonly zone: string;
        readonly texts: Readonly<Record<string, string>>;
      };
    }): Promise<readonly string[]>;
  };
  readonly pdf: { render(request: { readonly html: string; readonly paper: 'A4' }): Promise<Uint8Array> };
}

export interface Page {
  readonly result: ReportResult;
  /** The organisation's record, its logo as data. */
  readonly letterhead: RecordData;
  readonly locale: string;
  readonly zone: string;
  readonly currency: string;
  readonly now: number;
}

/** The report as a PDF under the organisation's letterhead, figures and days in the form of the language. UNAVAILABLE without a browser. */
export async function printPage(renderer: PageRenderer, page: Page): Promise<Uint8Array> {
  const { locale, zone, currency } = page;
  const [html = ''] = await renderer.html.render({
    sources: [{ name: `report ${page.result.name}`, source: PAGE_TEMPLATE, escape: true }],
    data: pageData(page),
    settings: { language: locale, currency, zone, texts: {} },
  });
  return renderer.pdf.render({ html, paper: 'A4' });
}

/** Every text of the page; the template only puts them in their places. */
function pageData({ result, letterhead, locale, zone, now }: Page): object {
  const words = wordsOf(locale);
  const write = createWriter(locale, zone);
  const { columns, totals, period, parameters, details } = result;
  const cells = (values: RecordData, labels: Readonly<Record<string, string>>) =>
    columns.map((column) => ({
      isNumber: column.kind === 'measure',
      text: column.kind === 'measure' ? write.figure(column, values[column.key]) : labels[column.key] || words.none,
    }));
  const first = columns.find(({ kind }) => kind === 'dimension')?.key;
  const totalLabels = Object.fromEntries(columns.map(({ key }) => [key, key === first ? words.total : ' ']));
  return {
    organisation: letterhead,
    language: locale,
    title: result.title,
    description: result.description,
    period: periodText(period, write.day) ?? words.allTime,
    made: write.instant(new Date(now).toISOString()),
    parameters: parameters.filter(({ value }) => value !== null).map(({ title, text }) => ({ title, text })),
    columns: columns.map(({ title, kind }) => ({ title, isNumber: kind === 'measure' })),
    rows: result.rows.map(({ values, labels }) => cells(values, labels)),
    totals: cells(totals, totalLabels),
    details: details && detailData(details, write),
    further: details?.more ? words.further : null,
  };
}

function periodText({ from, to }: ReportResult['period'], day: (text: string) => string): string | undefined {
  if (from === null && to === null) return undefined;
  return `${from === null ? '' : day(from)} – ${to === null ? '' : day(to)}`.trim();
}

function detailData({ columns, rows }: Details, write: Writer): object {
  return {
    columns: columns.map(({ title }) => title),
    rows: rows.map(({ values, labels }) =>
      columns.map(({ key }) => {
        const label = labels[key] ?? '';
        return write.value(values[key] ?? null, label);
      }),
    ),
  };
}

interface Writer {
  day(text: string): string;
  instant(text: string): string;
  figure(column: ReportColumn, value: Value | undefined): string;
  value(value: Value, label: string): string;
}

const HOUR = 3_600_000;

function createWriter(wanted: string, zone: string): Writer {
  const locale = Intl.NumberFormat.supportedLocalesOf([wanted]).length > 0 ? wanted : 'en';
  const days = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const instants = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: zone });
  const hours = new Intl.NumberFormat(locale, { style: 'unit', unit: 'hour', maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const day = (text: string) => days.format(new Date(`${text}T00:00:00Z`));
  const instant = (text: string) => instants.format(new Date(text));
  const number = (text: string) => {
    const digits = /\.(\d+)$/.exec(text)?.[1]?.length ?? 0;
    const style = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    // From the text, so that no digit of an amount is lost.
    return isDecimal(text) ? new Intl.NumberFormat(locale, style).format(text) : text;
  };
  return {
    day,
    instant,
    figure(column, value) {
      if (value === null || value === undefined) return '–';
      if (column.unit !== undefined) return hours.format(Number(value) / HOUR);
      if (column.aggregate === 'ratio') return percent.format(Number(value));
      return timeOr(number)(textOf(value));
    },
    value(value, label) {
      if (typeof value === 'number') return number(String(value));
      if (typeof value === 'string' && label === value)
        return timeOr((text) => (/\.\d+$/.test(text) ? number(text) : text))(value);
      return label;
    },
  };

  function timeOr(other: (text: string) => string): (text: string) => string {
    return (text) => {
      if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return day(text);
      return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) ? instant(text) : other(text);
    };
  }
}

function isDecimal(text: string): text is Intl.StringNumericLiteral {
  return /^-?\d+(\.\d+)?$/.test(text);
}
