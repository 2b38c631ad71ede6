import { formatNumber, useLocale } from '../model/format.ts';
import { FigureInput } from './figure-input.tsx';
import type { FieldCellProps, FieldModule } from './field-module.ts';
import { RangeFilter } from './filters/range-filter.tsx';
import { textOf } from './input-props.ts';
import { normaliseNumber } from './number-text.ts';

function DecimalCell({ field, value }: FieldCellProps) {
  return <>{formatNumber(value, useLocale(), field.scale)}</>;
}

/** Exact: text on the wire and text in the form. */
export const decimal: FieldModule = {
  Input: FigureInput,
  Cell: DecimalCell,
  Filter: RangeFilter,
  toForm: textOf,
  fromForm: (value) => normaliseNumber(textOf(value)) || null,
  align: 'right',
  width: 110,
};
