import { Big } from 'big.js';
import { FieldError } from './field-type.ts';
import type { Cell, FieldSpec, FieldType, Value } from './field-type.ts';
import { checkRange, INT64_MAX, INT64_MIN, ORDERED_OPERATORS, rangeSchema, readDecimal } from './number-checks.ts';
import { decimalFromText } from './text-forms.ts';

const DEFAULT_SCALE = 2;

/** An exact decimal: a text with exactly `scale` digits after the point, stored as a 64-bit integer of those digits. */
export const decimalType: FieldType = createScaledType('decimal', (field) => field.scale ?? DEFAULT_SCALE);

/**
 * An amount of money, with the digits of its currency. A field that leaves its currency to the organisation has two,
 * unless its `scale` says otherwise: the column is made before any organisation is known.
 */
export function createMoneyType(): FieldType {
  const digits = new Map<string, number>();
  return createScaledType('money', (field) => {
    if (field.scale !== undefined) return field.scale;
    if (field.currency === undefined) return DEFAULT_SCALE;
    const known = digits.get(field.currency) ?? currencyDigits(field.currency);
    digits.set(field.currency, known);
    return known;
  });
}

/** Digits after the point of an ISO 4217 currency: EUR 2, JPY 0, KWD 3. */
export function currencyDigits(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? DEFAULT_SCALE;
}

function createScaledType(name: string, scaleOf: (field: FieldSpec) => number): FieldType {
  return {
    name,
    columns: (field) => [{ suffix: '', kind: 'scaled', scale: scaleOf(field) }],
    parse(value, field) {
      const scale = scaleOf(field);
      const decimal = readScaled(value, scale);
      checkRange(decimal, field);
      return toText(decimal, scale);
    },
    round: (value, field) => toBig(value).round(scaleOf(field), Big.roundHalfUp).toFixed(),
    cells: (value, field) => ({ '': toUnits(value, scaleOf(field)) }),
    fromText: (text, _field, format) => decimalFromText(text, format),
    numeric: true,
    operators: ORDERED_OPERATORS,
    operand(value, field) {
      const scale = scaleOf(field);
      return toUnits(toText(readScaled(value, scale), scale), scale);
    },
    comparable: (value, field) => toUnits(value, scaleOf(field)),
    schema(field) {
      const scale = scaleOf(field);
      return { type: 'string', pattern: scale === 0 ? '^-?\\d+$' : `^-?\\d+\\.\\d{${scale}}$` };
    },
    inputSchema(field) {
      const sign = (field.minimum ?? -1) < 0 ? '[+-]?' : '\\+?';
      return { type: ['string', 'number'], pattern: `^${sign}\\d{1,40}(\\.\\d{1,40})?$`, ...rangeSchema(field) };
    },
  };
}

/** A computed double may carry more digits than an input may: it is brought to scale, not refused. */
function toBig(value: unknown): Big {
  return typeof value === 'number' && Number.isFinite(value) ? new Big(value) : readDecimal(value);
}

function readScaled(value: unknown, scale: number): Big {
  const decimal = readDecimal(value);
  if (!decimal.eq(decimal.round(scale))) {
    throw new FieldError('scale', `Must have at most ${scale} digits after the point.`, { limit: scale });
  }
  const units = BigInt(decimal.times(new Big(10).pow(scale)).toFixed(0));
  if (units < INT64_MIN || units > INT64_MAX) throw new FieldError('range', 'Is too large a number to be stored.');
  return decimal;
}

function toText(decimal: Big, scale: number): string {
  const text = decimal.toFixed(scale);
  return decimal.eq(0) ? text.replace('-', '') : text;
}

/** `"12.50"` with scale 2 is 1250n. */
function toUnits(value: Value, scale: number): Cell {
  if (typeof value !== 'string') return null;
  const point = value.indexOf('.');
  if (point === -1) return BigInt(value + '0'.repeat(scale));
  const digits = value.slice(point + 1).padEnd(scale, '0');
  return BigInt(value.slice(0, point) + digits);
}
