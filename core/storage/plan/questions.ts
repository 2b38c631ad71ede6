import type { Field } from '../../definitions/model.ts';
import { EVERY_OTHER } from './answers.ts';
import type { ScanResult } from './scan-field.ts';
import { counted } from './step.ts';
import type { FieldWork, SchemaStep } from './step.ts';

/** What is known of a field's change once every value has been looked at. */
export interface FieldVerdict {
  readonly field: Field;
  readonly work: FieldWork;
  readonly scan: ScanResult;
  /** In words: `text → integer`; absent where the type stays. */
  readonly becomes?: string;
  readonly isConvertAnswered: boolean;
  /** Records that have no value though one is required. */
  readonly missing: number;
  /** A value that would serve, for the hint. */
  readonly suggestion?: string;
}

const MOST_OPTIONS = 20;

/** The step that changes a field's values; undefined when no value has to change and none stands in the way. */
export function questionOf(verdict: FieldVerdict): SchemaStep | undefined {
  const { field, work, scan, becomes, missing } = verdict;
  const place = `${field.entity}.${field.key}`;
  const parts = [
    ...(becomes === undefined ? [] : convertPart(verdict)),
    ...refusedPart(verdict),
    ...missingPart(verdict),
    ...doublesPart(verdict),
  ];
  const worked = scan.changed > 0 || (work.fill !== undefined && missing > 0);
  if (parts.length === 0 && !worked) return undefined;
  const open = parts.filter((part) => !part.isAnswered);
  const replaces = scan.changed > 0 && becomes === undefined;
  const lossy = scan.lossy > 0 || replaces || parts.some((part) => part.isLossy);
  const rows = scan.changed + scan.refused.count + missing;
  const trouble = scan.refused.count > 0 ? scan.refused : scan.doubles.count > 0 ? scan.doubles : undefined;
  return {
    kind: 'changeValues',
    table: field.entity,
    sql: [],
    safety: lossy ? 'lossy' : 'needs data',
    text: [
      ...parts.map(({ text }) => text),
      ...(parts.length === 0
        ? [`${place}: ${counted(scan.changed, 'value becomes another', 'values become others')}, as told`]
        : []),
    ].join('. '),
    rows,
    ...(trouble ? { trouble } : {}),
    options: open.flatMap((part) => part.options),
    answered: open.length === 0,
    work,
  };
}

interface Part {
  readonly text: string;
  readonly options: readonly string[];
  readonly isAnswered: boolean;
  readonly isLossy: boolean;
}

function convertPart({ field, scan, becomes, isConvertAnswered }: FieldVerdict): readonly Part[] {
  const place = `${field.entity}.${field.key}`;
  if (scan.filled === 0) return [];
  const lost = scan.lossy === 0 ? '' : `, ${counted(scan.lossy, 'value')} of them losing something`;
  return [
    {
      text: `${place} becomes ${becomes}: ${counted(scan.filled, 'value')} to be carried over${lost}`,
      options: [`--convert ${place}`],
      isAnswered: isConvertAnswered,
      isLossy: scan.lossy > 0,
    },
  ];
}

function refusedPart({ field, scan, work, becomes }: FieldVerdict): readonly Part[] {
  const { refused, reasons } = scan;
  if (refused.count === 0) return [];
  const place = `${field.entity}.${field.key}`;
  const isTooLong = reasons.has('maxLength');
  const values = refused.values.slice(0, MOST_OPTIONS);
  const each = values.map(({ value }) => `--replace ${shellWord(`${place}:${escaped(value)}=NEW`)}`);
  const rest =
    refused.values.length > 1 || refused.count > 1 ? [`--replace ${shellWord(`${place}:${EVERY_OTHER}=NEW`)}`] : [];
  const why = becomes === undefined ? 'that it no longer takes' : 'that have no meaning there';
  return [
    {
      text: `${place} has ${counted(refused.count, 'record')} with values ${isTooLong && becomes === undefined ? 'that are too long now' : why}: ${listed(values)}`,
      options:
        isTooLong && !work.truncate
          ? [`--truncate ${place}`, ...(becomes === undefined ? rest : each)]
          : [...each, ...rest],
      isAnswered: false,
      isLossy: isTooLong || becomes !== undefined,
    },
  ];
}

function missingPart({ field, missing, work, suggestion }: FieldVerdict): readonly Part[] {
  if (missing === 0) return [];
  const place = `${field.entity}.${field.key}`;
  return [
    {
      text: `${place} is required and ${counted(missing, 'record has', 'records have')} no value`,
      options: [`--fill ${place}=${suggestion ?? 'VALUE'}`],
      isAnswered: work.fill !== undefined,
      isLossy: false,
    },
  ];
}

function doublesPart({ field, scan }: FieldVerdict): readonly Part[] {
  const { doubles } = scan;
  if (doubles.count === 0) return [];
  const place = `${field.entity}.${field.key}`;
  return [
    {
      text: `${place} must be unique, and ${counted(doubles.count, 'record')} share a value with another: ${listed(doubles.values)}. Change these records first`,
      options: [],
      isAnswered: false,
      isLossy: false,
    },
  ];
}

function listed(values: readonly { readonly value: string; readonly count: number }[]): string {
  const shown = values.slice(0, 5).map(({ value, count }) => `"${short(value)}"${count > 1 ? ` ×${count}` : ''}`);
  return `${shown.join(', ')}${values.length > 5 ? ' …' : ''}`;
}

function short(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** `=` and `\` in an old value are written with `\` before them. */
function escaped(text: string): string {
  return text.replace(/[\\=]/g, (sign) => `\\${sign}`);
}

/** As a shell takes it. */
function shellWord(text: string): string {
  return /^[\w.:=/+@,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
