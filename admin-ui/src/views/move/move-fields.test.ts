import { expect, it } from 'vitest';
import type { ModelEntity, ModelField, ModelPipeline } from '../../model/types.ts';
import { mergeFields, questionOf, reachable, wantedList } from './move-fields.ts';

const field = (key: string, given: Partial<ModelField> = {}): ModelField => ({
  key,
  title: key,
  type: 'text',
  required: false,
  readOnly: false,
  system: false,
  computed: false,
  searchable: false,
  operators: [],
  ...given,
});
const visitAt = field('visitAt');
const entity: ModelEntity = {
  name: 'ship',
  plural: 'ships',
  title: 'Ship',
  pluralTitle: 'Ships',
  display: [],
  single: false,
  can: { create: true, update: true, delete: true, assign: true, export: true },
  fields: [visitAt, field('total', { computed: true }), field('stage')],
  lists: [],
  pipelines: [],
};
const error = (path: string) => ({ path, code: 'gate', message: path });

it('asks for what can be filled in and tells the rest', () => {
  const errors = ['/visitAt', '/set/visitAt', '/total', '/lines', '/stage'].map(error);
  const question = questionOf(entity, errors);
  expect(question.fields).toEqual([visitAt]);
  expect(question.byField['visitAt']?.map((one) => one.path)).toEqual(['/visitAt', '/set/visitAt']);
  expect(question.rest.map((one) => one.path)).toEqual(['/total', '/lines', '/stage']);
});

it('keeps what was asked before', () => {
  const other = field('other');
  expect(mergeFields([visitAt], [other, visitAt])).toEqual([visitAt, other]);
});

it('knows the stages one step away', () => {
  const stages = ['a', 'b', 'c'].map((key) => ({ key, title: key, kind: 'open' as const }));
  const pipeline: ModelPipeline = { name: 'p', title: 'P', entity: 'ship', stages, transitions: [] };
  const step = (from: string, to: string) => ({ key: `${from}${to}`, from: [from], to, requires: [] });
  expect([...reachable(pipeline, 'a')]).toEqual(['b', 'c']);
  expect([...reachable({ ...pipeline, transitions: [step('a', 'b'), step('*', 'c')] }, 'a')]).toEqual(['b', 'c']);
  expect([...reachable({ ...pipeline, transitions: [step('a', 'b')] }, 'b')]).toEqual([]);
});

it('finds the children a refusal asks for, by their list or by the figure counted from them', () => {
  const list = { key: 'payments', title: 'Payments', entity: 'payment', field: 'about' };
  const owner = { ...entity, fields: [field('paid', { computed: true, rollup: 'payments' })], lists: [list] };
  expect(wantedList(owner, error('/paid'))).toBe(list);
  expect(wantedList(owner, error('/payments'))).toBe(list);
  expect(wantedList(owner, error('/visitAt'))).toBeUndefined();
});
