import { formatNumber, useLocale } from '../model/format.ts';
import { FigureInput } from './figure-input.tsx';
import type { FieldCellProps, FieldModule } from './field-module.ts';
import { RangeFilter } from './filters/range-filter.tsx';
import { textOf } from './input-props.ts';
import { isNumberText, normaliseNumber } from './number-text.ts';

function NumberCell({ value }: FieldCellProps) {
  return <>{formatNumber(value, useLocale())}</>;
}

export const number: FieldModule = {
  Input: FigureInput,
  Cell: NumberCell,
  Filter: RangeFilter,
  toForm: textOf,
  fromForm: (value) => {
    const plain = normaliseNumber(textOf(value));
    return plain ? (isNumberText(plain) ? Number(plain) : plain) : null;
  },
  align: 'right',
  width: 110,
};
