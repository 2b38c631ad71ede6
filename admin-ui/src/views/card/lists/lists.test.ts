import { describe, expect, it } from 'vitest';
import type { ModelField } from '../../../model/types.ts';
import { sumField, sumOf } from './child-lists.ts';
import { focusField, rowPatch } from './grid-row.ts';

const field = (key: string, type: string, given: Partial<ModelField> = {}): ModelField => ({
  key,
  title: key,
  type,
  required: false,
  readOnly: false,
  system: false,
  computed: false,
  searchable: false,
  operators: [],
  ...given,
});
const count = field('count', 'integer');
const price = field('price', 'money');
const amount = field('amount', 'money', { computed: true, readOnly: true });
const product = field('product', 'reference', { reference: { to: ['product'], many: false } });

describe('rowPatch', () => {
  const record = { count: 3, price: '10.00', product: { id: 'p1', name: 'Rope' } };
  it('holds only what differs, in the spelling of the API', () => {
    expect(rowPatch([count, price, product], record, { count: '4', price: '10.00' })).toEqual({ count: 4 });
  });
  it('empties with null and points by id', () => {
    expect(
      rowPatch([count, price, product], record, { price: '', product: [{ entity: 'product', id: 'p2' }] }),
    ).toEqual({ price: null, product: 'p2' });
  });
  it('is empty when the same record is chosen again or a value is typed back', () => {
    expect(rowPatch([product], record, { product: [{ entity: 'product', id: 'p1' }] })).toEqual({});
  });
});

it('opens a row where it was pressed, or at the first field that can be changed', () => {
  expect(focusField([amount, count, price], 'price')).toBe('price');
  expect(focusField([amount, count, price], 'amount')).toBe('count');
  expect(focusField([amount], undefined)).toBeUndefined();
});

describe('sums', () => {
  it('adds the amount that is counted, not the unit price', () => {
    expect(sumField([price, amount])?.key).toBe('amount');
    expect(sumField([count, price])?.key).toBe('price');
    expect(sumField([count])).toBeUndefined();
  });
  it('is exact, also below zero and with empty rows', () => {
    expect(sumOf([{ a: '0.10' }, { a: '0.20' }, { a: null }, {}], 'a')).toBe('0.30');
    expect(sumOf([{ a: '-5.25' }, { a: '1' }], 'a')).toBe('-4.25');
    expect(sumOf([{ a: '90071992547409.93' }, { a: '0.01' }], 'a')).toBe('90071992547409.94');
    expect(sumOf([], 'a')).toBe('0');
  });
});
