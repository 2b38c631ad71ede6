import { describe, expect, it } from 'vitest';
import {
  parseAggregateQuery,
  parseChangesQuery,
  parseListQuery,
  parseQueryString,
  parseRecordQuery,
} from './parse-query.ts';

const list = (query: string) => parseListQuery('deal', parseQueryString(`/?${query}`));

describe('the parameters of a list', () => {
  it.each([
    ['', {}],
    ['filter={"total":{"gte":1000}}', { filter: { total: { gte: 1000 } } }],
    ['filter[total][gte]=1000', { filter: { total: { gte: '1000' } } }],
    ['filter%5Bcustomer.city%5D=Riga', { filter: { 'customer.city': 'Riga' } }],
    ['filter[stage][in]=won,lost', { filter: { stage: { in: ['won', 'lost'] } } }],
    ['filter[company][empty]=true', { filter: { company: { empty: true } } }],
    ['filter[a]=1&filter={"b":2}', { filter: { all: [{ b: 2 }, { a: '1' }] } }],
    ['sort=-createdAt,title&limit=7&after=abc', { sort: ['-createdAt', 'title'], limit: 7, after: 'abc' }],
    [
      'fields=title,customer.name&expand=customer,lines',
      { fields: ['title', 'customer.name'], expand: ['customer', 'lines'] },
    ],
    ['search=%2B7+495&count=exact&deleted=with', { search: '+7 495', count: 'exact', deleted: 'with' }],
    ['search=', {}],
  ])('%s', (query, expected) => {
    expect(list(query)).toEqual({ entity: 'deal', limit: 50, ...expected });
  });

  it.each([
    ['limt=1', 'The parameter "limt" is not known here. Did you mean "limit"?'],
    ['limit=1&limit=2', 'The parameter "limit" stands twice. Give it once.'],
    ['limit=0', '"limit" must be a whole number from 1 to 1000.'],
    ['limit=1001', '"limit" must be a whole number from 1 to 1000.'],
    ['limit=1e2', '"limit" must be a whole number from 1 to 1000.'],
    ['limit=-1', '"limit" must be a whole number from 1 to 1000.'],
    ['count=all', '"count" must be "exact".'],
    ['deleted=yes', '"deleted" must be "only" or "with".'],
    ['sort=a,,b', '"sort" must be names with commas between them.'],
    ['filter={', '"filter" is not valid JSON.'],
    [
      'filter[a][b][c]=1',
      '"filter[a][b][c]" must look like filter[field]=… or filter[field][operator]=…; use filter={…} for more.',
    ],
    ['filter[a][empty]=1', '"empty" must be "true" or "false".'],
    ['filter[a.__proto__]=1', 'The parameter "filter[a.__proto__]" is not known.'],
    ['constructor=1', 'The parameter "constructor" is not known.'],
    ['search=%ZZ', 'The query string has a broken %-escape.'],
  ])('refuses %s', (query, message) => {
    expect(() => list(query)).toThrow(message);
  });
});

it('reads the parameters of one record, of figures and of changes', () => {
  const of = (query: string) => parseQueryString(`/?${query}`);
  expect(parseRecordQuery(of('fields=title&deleted=only'))).toEqual({ fields: ['title'], deleted: 'only' });
  expect(parseAggregateQuery('deal', of('group=source,createdAt:month&measures=count,sum(total)'))).toEqual({
    entity: 'deal',
    group: ['source', 'createdAt:month'],
    measures: ['count', 'sum(total)'],
  });
  expect(parseAggregateQuery('deal', of(''))).toEqual({ entity: 'deal', group: [], measures: ['count'] });
  expect(parseChangesQuery(of('timeline=true&limit=5'))).toEqual({ limit: 5, timeline: true });
  expect(() => parseRecordQuery(of('sort=a'))).toThrow('not known here');
});
