import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { formatInstant, useLocale } from '../model/format.ts';
import { toInstant, toLocal } from './date-text.ts';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { DateFilter } from './filters/date-filter.tsx';

const InstantInput = lazy(() => import('./date-inputs.tsx').then((module) => ({ default: module.InstantInput })));

function DateTimeInput(props: FieldInputProps) {
  return (
    <Suspense fallback={<Skeleton h={props.bare ? 34 : 58} />}>
      <InstantInput {...props} />
    </Suspense>
  );
}

function DateTimeCell({ value }: FieldCellProps) {
  const locale = useLocale();
  return typeof value === 'string' ? <time dateTime={value}>{formatInstant(value, locale)}</time> : null;
}

/** In the form: the reader's wall clock; on the wire: the instant. */
export const dateTime: FieldModule = {
  Input: DateTimeInput,
  Cell: DateTimeCell,
  Filter: DateFilter,
  toForm: toLocal,
  fromForm: toInstant,
  width: 132,
};
