import { expect, it } from 'vitest';
import { indexModel } from '../../model/model.ts';
import type { ModelDocument, ModelEntity, ModelField } from '../../model/types.ts';
import { boardShape, columnFigures, columnFilter, withMoves } from './board-columns.ts';

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
const colour = field('colour', 'select', { options: [{ value: 'red', title: 'Red' }] });
const ship: ModelEntity = {
  name: 'ship',
  plural: 'ships',
  title: 'Ship',
  pluralTitle: 'Ships',
  display: [{ field: 'name' }],
  single: false,
  can: { create: true, update: true, delete: true, assign: true, export: true },
  fields: [field('name', 'text'), field('stage', 'select', { required: true }), colour, field('cost', 'money')],
  lists: [],
  pipelines: ['build'],
};
const model = indexModel({
  hash: '',
  languages: ['en'],
  language: 'en',
  organisation: null,
  entities: [ship],
  pipelines: [
    {
      name: 'build',
      title: 'Build',
      entity: 'ship',
      stages: [
        { key: 'sunk', title: 'Sunk', kind: 'lost' },
        { key: 'keel', title: 'Keel', kind: 'open' },
        { key: 'afloat', title: 'Afloat', kind: 'won' },
      ],
      transitions: [],
    },
  ],
  forms: [],
  reports: [],
  templates: [],
  views: [],
} satisfies ModelDocument);
const view = {
  name: 'ships',
  title: 'Ships',
  entity: 'ship',
  kind: 'board',
  fields: ['name', 'cost', 'colour'],
} as const;

it('puts the open stages first and the ends at the right', () => {
  const shape = boardShape(model, { ...view, pipeline: 'build', group: 'stage' }, ship);
  expect(shape?.columns.map((column) => [column.key, column.isEnd])).toEqual([
    ['keel', false],
    ['sunk', true],
    ['afloat', true],
  ]);
  expect(shape?.sum?.key).toBe('cost');
  expect(shape?.facts.map((fact) => fact.key)).toEqual(['cost', 'colour']);
});

it('groups by the options of a field, with a column for none where it may be empty', () => {
  const shape = boardShape(model, { ...view, group: 'colour' }, ship);
  expect(shape?.columns.map((column) => column.value)).toEqual(['red', null]);
  expect(shape?.columns.map((column) => columnFilter(colour, column))).toEqual([
    { colour: { eq: 'red' } },
    { colour: { empty: true } },
  ]);
  expect(boardShape(model, { ...view, group: 'name' }, ship)).toBeUndefined();
});

it('shows a move at once and forgets it when it is over', () => {
  const [a, b] = [{ id: 'a' }, { id: 'b' }];
  const moves = new Map([['b', { record: b, to: 'keel' }]]);
  expect(withMoves([a], 'keel', moves)).toEqual([b, a]);
  expect(withMoves([b], 'afloat', moves)).toEqual([]);
  expect(withMoves([b], 'afloat', new Map())).toEqual([b]);
});

it('reads count and sum by column', () => {
  const figures = columnFigures(
    [
      { colour: 'red', count: 2, 'sum(cost)': '10.00' },
      { colour: null, count: 1, 'sum(cost)': null },
    ],
    colour,
    field('cost', 'money'),
  );
  expect(figures.get('red')).toEqual({ count: 2, sum: '10.00' });
  expect(figures.get('none:')).toEqual({ count: 1, sum: null });
});
