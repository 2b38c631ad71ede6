import { FieldError } from './field-type.ts';
import type { Cell, Column, FieldSpec, Operator, Value } from './field-type.ts';
import { fold } from './fold.ts';

export const DEFAULT_MAX_LENGTH = 255;

export const TEXT_OPERATORS: readonly Operator[] = ['eq', 'ne', 'in', 'nin', 'contains', 'startsWith', 'empty'];

/** Refuses what is no text or what no database keeps faithfully: NUL and half a surrogate pair. Line ends become `\n`. */
export function readText(value: unknown): string {
  if (typeof value !== 'string') throw new FieldError('type', 'Must be a text.');
  if (!isCleanText(value)) throw new FieldError('text', 'Contains a character that cannot be stored.');
  return value.includes('\r') ? value.replace(/\r\n?/g, '\n') : value;
}

/** False for texts with NUL or a lone surrogate. */
export function isCleanText(text: string): boolean {
  return !text.includes('\u0000') && !/[\uD800-\uDFFF]/u.test(text);
}

/** Length in characters as people and both databases count them, not in UTF-16 units. */
export function countCharacters(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xdc00 || unit > 0xdfff) count++;
  }
  return count;
}

export function checkLength(text: string, field: FieldSpec, defaultMax = DEFAULT_MAX_LENGTH): void {
  const max = field.maxLength ?? defaultMax;
  const length = text.length > max || field.minLength !== undefined ? countCharacters(text) : 0;
  if (length > max) {
    throw new FieldError('maxLength', `Must be at most ${plural(max, 'character')} long.`, { limit: max });
  }
  if (field.minLength !== undefined && length < field.minLength) {
    throw new FieldError('minLength', `Must be at least ${plural(field.minLength, 'character')} long.`, {
      limit: field.minLength,
    });
  }
}

export function checkPattern(text: string, field: FieldSpec): void {
  if (field.pattern === undefined) return;
  if (!new RegExp(field.pattern, 'u').test(text)) {
    throw new FieldError('pattern', `Must match the pattern ${field.pattern}.`, { pattern: field.pattern });
  }
}

/** The value and its folded companion, which carries sorting and matching without case. */
export function textColumns(maxLength: number): readonly Column[] {
  return [
    { suffix: '', kind: 'text', maxLength },
    { suffix: '_f', kind: 'text' },
  ];
}

export function textCells(value: Value): Readonly<Record<string, Cell>> {
  return typeof value === 'string' ? { '': value, _f: fold(value) } : { '': null, _f: null };
}

export function textComparable(value: Value, of: string): Cell {
  if (typeof value !== 'string') return null;
  return of === '_f' ? fold(value) : value;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
