import { describe, expect, it } from 'vitest';
import { testEntity, testField } from '../../model/test-model.ts';
import { summarise } from './filter-summary.ts';
import { allOf, joinFilter, nextSort, splitFilter, withField } from './filters.ts';

const entity = testEntity('deal', [
  testField('source', 'select'),
  testField('total', 'money'),
  testField('assignee', 'reference'),
]);

describe('splitFilter', () => {
  it('spells out short forms and keeps what it cannot draw', () => {
    const split = splitFilter(
      {
        source: ['site', 'phone'],
        total: { gte: 10 },
        assignee: null,
        any: [{ a: 1 }],
        'customer.city': 'Riga',
        total2: 1,
      },
      entity,
    );
    expect(split).toEqual({
      byField: { source: { in: ['site', 'phone'] }, total: { gte: 10 }, assignee: { empty: true } },
      rest: { any: [{ a: 1 }], 'customer.city': 'Riga', total2: 1 },
    });
  });
  it('leaves operators it does not know alone', () => {
    expect(splitFilter({ total: { weird: 1 } }, entity)).toEqual({ byField: {}, rest: { total: { weird: 1 } } });
  });
  it('comes back as one condition', () => {
    const filter = { source: { in: ['site'] }, not: { total: 1 } };
    expect(joinFilter(splitFilter(filter, entity))).toEqual(filter);
    expect(joinFilter(splitFilter(undefined, entity))).toBeUndefined();
  });
  it('sets and takes away one field', () => {
    const split = withField(splitFilter({ source: 'site' }, entity), 'total', { lte: 5 });
    expect(joinFilter(split)).toEqual({ source: { eq: 'site' }, total: { lte: 5 } });
    expect(joinFilter(withField(split, 'source', undefined))).toEqual({ total: { lte: 5 } });
  });
});

describe('allOf', () => {
  it('wraps only where it must', () => {
    expect(allOf(null, {}, undefined)).toBeUndefined();
    expect(allOf({ a: 1 }, {})).toEqual({ a: 1 });
    expect(allOf({ a: 1 }, { a: 2 })).toEqual({ all: [{ a: 1 }, { a: 2 }] });
  });
});

describe('nextSort', () => {
  it('goes up, down and back', () => {
    expect(nextSort(undefined, 'total')).toBe('total');
    expect(nextSort('total', 'total')).toBe('-total');
    expect(nextSort('-total', 'total')).toBeUndefined();
    expect(nextSort('-createdAt', 'total')).toBe('total');
  });
});

describe('summarise', () => {
  // The key stands for its text.
  const env = { t: ((key: string) => key) as never, locale: 'en' };
  it('tells a condition in a few words', () => {
    const source = testField('source', 'select', {
      options: [
        { value: 'walk-in', title: 'Walk-in' },
        { value: 'site', title: 'Site' },
      ],
    });
    expect(summarise({ in: ['walk-in', 'site'] }, source, env)).toBe('Walk-in, Site');
    expect(summarise({ gte: 1000, lte: 2000 }, testField('total', 'money'), env)).toBe('1,000 – 2,000');
    expect(summarise({ gte: '2026-03-01' }, testField('day', 'date'), env)).toBe('≥ Mar 1, 2026');
    expect(summarise({ contains: 'abc' }, testField('title', 'text'), env)).toBe('“abc”');
    expect(summarise({ empty: true }, testField('title', 'text'), env)).toBe('filters.empty');
    expect(summarise({ eq: '$me' }, testField('assignee', 'reference'), env)).toBe('filters.me');
  });
});
