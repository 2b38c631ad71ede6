import { describe, expect, it } from 'vitest';
import { parseListSearch } from './router.tsx';

describe('parseListSearch', () => {
  it('takes filter, sort and search, and nothing else', () => {
    expect(parseListSearch({ filter: { total: { gte: 5 } }, sort: '-total', q: 'mari', other: 1 })).toEqual({
      filter: { total: { gte: 5 } },
      sort: '-total',
      q: 'mari',
    });
  });
  it('drops what makes no sense', () => {
    expect(parseListSearch({ filter: 'x', sort: '', q: null })).toEqual({});
    expect(parseListSearch({ filter: [1] })).toEqual({});
  });
  it('keeps a search for digits as text', () => {
    expect(parseListSearch({ q: 5551234 })).toEqual({ q: '5551234' });
  });
});
