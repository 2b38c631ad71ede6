import { expect, it } from 'vitest';
import { filterShape } from './filter-shape.ts';

const text = (filter: unknown) => filterShape(filter).text;

it('leaves out what a field is compared with, and says where that stood', () => {
  const filter = {
    stage: 'won',
    total: { gte: 10 },
    any: [{ city: 'Riga' }, { lines: { some: { price: { lt: '2' } } } }],
  };
  expect(filterShape(filter).left).toEqual(['stage', 'total\ngte', 'any\n0\ncity', 'any\n1\nlines\nsome\nprice\nlt']);
  expect(text({ stage: 'lost' })).toBe(text({ stage: 'won' }));
});

it.each<[unknown, unknown]>([
  [{ stage: 'won' }, { stage: 1 }],
  [{ stage: 'won' }, { stage: null }],
  [{ stage: 'won' }, { stage: '' }],
  [{ stage: 'won' }, { stage: { eq: 'won' } }],
  [{ assignee: '$me' }, { assignee: '$myTeam' }],
  [{ at: { gte: { $now: '-1d' } } }, { at: { gte: { $now: '-2d' } } }],
  [{ total: { gt: { $field: 'paid' } } }, { total: { gt: { $field: 'owed' } } }],
  [{ stage: { empty: true } }, { stage: { empty: false } }],
  [{ stage: { empty: 'true' } }, { stage: { empty: 'false' } }],
  [{ stage: { in: ['a', 'b'] } }, { stage: { in: ['a', 'c'] } }],
  [{ stage: ['a', 1] }, { stage: ['a', '1'] }],
  [{ a: { b: 's' } }, { 'a:{"b"': 's' }],
  [
    { a: 'x', b: 'y' },
    { b: 'y', a: 'x' },
  ],
  [undefined, {}],
  [[], {}],
])('tells %j from %j', (one, other) => {
  expect(text(one)).not.toBe(text(other));
});
