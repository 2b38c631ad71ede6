import { formatNumber, useLocale } from '../model/format.ts';
import { FigureInput } from './figure-input.tsx';
import type { FieldCellProps, FieldModule } from './field-module.ts';
import { RangeFilter } from './filters/range-filter.tsx';
import { textOf } from './input-props.ts';
import { normaliseNumber } from './number-text.ts';

function IntegerCell({ value }: FieldCellProps) {
  return <>{formatNumber(value, useLocale())}</>;
}

export const integer: FieldModule = {
  Input: FigureInput,
  Cell: IntegerCell,
  Filter: RangeFilter,
  toForm: textOf,
  // Beyond 2^53 a whole number travels as text, so that no digit is lost.
  fromForm: (value) => {
    const plain = normaliseNumber(textOf(value));
    if (!plain) return null;
    const figure = Number(plain);
    return /^-?\d+$/.test(plain) && Number.isSafeInteger(figure) ? figure : plain;
  },
  align: 'right',
  width: 110,
};
