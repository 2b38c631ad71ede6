import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { formatDay, useLocale } from '../model/format.ts';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { DateFilter } from './filters/date-filter.tsx';
import { textOrNull } from './input-props.ts';

const DayInput = lazy(() => import('./date-inputs.tsx').then((module) => ({ default: module.DayInput })));

function DateInput(props: FieldInputProps) {
  return (
    <Suspense fallback={<Skeleton h={props.bare ? 34 : 58} />}>
      <DayInput {...props} />
    </Suspense>
  );
}

function DateCell({ value }: FieldCellProps) {
  return <>{formatDay(value, useLocale())}</>;
}

export const date: FieldModule = {
  Input: DateInput,
  Cell: DateCell,
  Filter: DateFilter,
  toForm: textOrNull,
  fromForm: textOrNull,
  width: 124,
};
