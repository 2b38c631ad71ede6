import { Big } from 'big.js';
import { FieldError } from './field-type.ts';
import type { FieldSpec, Operator } from './field-type.ts';

export const ORDERED_OPERATORS: readonly Operator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'empty'];

export const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;

const DECIMAL_TEXT = /^[+-]?\d{1,40}(?:\.\d{1,40})?$/;

/**
 * An exact decimal from a text such as `1234.50` or a JSON number that stands for one decimal only. A number with more than
 * 15 digits may already have been rounded on its way here and is refused: it must be sent as text.
 */
export function readDecimal(value: unknown): Big {
  if (typeof value === 'string') {
    const text = value.trim();
    if (!DECIMAL_TEXT.test(text)) throw new FieldError('type', 'Must be a decimal number such as "1234.50".');
    return new Big(text.startsWith('+') ? text.slice(1) : text);
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new FieldError('type', 'Must be a decimal number such as "1234.50".');
  }
  const exact = new Big(value);
  if (!Number.isSafeInteger(value) && exact.c.length > 15) {
    throw new FieldError('type', 'A number this long must be sent as a text, such as "1234.50", to stay exact.');
  }
  return exact;
}

export function checkRange(value: Big, field: FieldSpec): void {
  if (field.minimum !== undefined && value.lt(field.minimum)) {
    throw new FieldError('minimum', `Must be at least ${field.minimum}.`, { limit: field.minimum });
  }
  if (field.maximum !== undefined && value.gt(field.maximum)) {
    throw new FieldError('maximum', `Must be at most ${field.maximum}.`, { limit: field.maximum });
  }
}

/** Minimum and maximum as JSON Schema keywords. */
export function rangeSchema(field: FieldSpec): Readonly<Record<string, number>> {
  return {
    ...(field.minimum === undefined ? {} : { minimum: field.minimum }),
    ...(field.maximum === undefined ? {} : { maximum: field.maximum }),
  };
}
