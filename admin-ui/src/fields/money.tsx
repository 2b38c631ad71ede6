import { currencyOf, formatMoney, useLocale } from '../model/format.ts';
import { useModel } from '../model/use-model.ts';
import { FigureInput } from './figure-input.tsx';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { RangeFilter } from './filters/range-filter.tsx';
import { textOf } from './input-props.ts';
import { normaliseNumber } from './number-text.ts';

function MoneyInput(props: FieldInputProps) {
  const { organisation } = useModel();
  return <FigureInput {...props} unit={currencyOf(props.field.currency, props.record, organisation?.currency)} />;
}

function MoneyCell({ field, value, record }: FieldCellProps) {
  const { organisation } = useModel();
  return <>{formatMoney(value, currencyOf(field.currency, record, organisation?.currency), useLocale())}</>;
}

/** Exact: text on the wire and text in the form. */
export const money: FieldModule = {
  Input: MoneyInput,
  Cell: MoneyCell,
  Filter: RangeFilter,
  toForm: textOf,
  fromForm: (value) => normaliseNumber(textOf(value)) || null,
  align: 'right',
  width: 112,
};
