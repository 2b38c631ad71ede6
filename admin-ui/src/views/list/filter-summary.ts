import type { TFunction } from 'i18next';
import type { FieldCondition } from '../../fields/field-module.ts';
import { formatDay, formatNumber } from '../../model/format.ts';
import type { ModelField } from '../../model/types.ts';

interface Env {
  readonly t: TFunction;
  readonly locale: string;
}

function operandText(value: unknown, field: ModelField, { t, locale }: Env): string {
  if (typeof value === 'boolean') return t(value ? 'common.yes' : 'common.no');
  if (value === '$me') return t('filters.me');
  if (typeof value === 'object' && value !== null && '$now' in value) return String(value.$now);
  if (field.type === 'date') return formatDay(value, locale);
  // The day of an instant is the reader's.
  if (field.type === 'dateTime' && typeof value === 'string')
    return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(value));
  const option = field.options?.find((one) => one.value === value);
  if (option) return option.title;
  return ['integer', 'number', 'decimal', 'money'].includes(field.type) ? formatNumber(value, locale) : String(value);
}

const SIGNS: Readonly<Record<string, string>> = { ne: '≠', gt: '>', gte: '≥', lt: '<', lte: '≤' };

/** A condition of one field in a few words, for its chip; operands that are ids of records are left to the caller. */
export function summarise(condition: FieldCondition, field: ModelField, env: Env): string {
  if (condition['gte'] !== undefined && condition['lte'] !== undefined && Object.keys(condition).length === 2) {
    return `${operandText(condition['gte'], field, env)} – ${operandText(condition['lte'], field, env)}`;
  }
  return Object.entries(condition)
    .map(([operator, operand]) => {
      if (operator === 'empty') return env.t(operand === false ? 'filters.filled' : 'filters.empty');
      if (operator === 'contains' || operator === 'startsWith') return `“${String(operand)}”`;
      const operands: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
      const text = operands.map((one) => operandText(one, field, env)).join(', ');
      return operator === 'nin' ? `≠ ${text}` : [SIGNS[operator], text].filter(Boolean).join(' ');
    })
    .join(', ');
}
