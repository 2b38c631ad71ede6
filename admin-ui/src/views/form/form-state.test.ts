import { describe, expect, it } from 'vitest';
import { testEntity, testField } from '../../model/test-model.ts';
import type { ModelView } from '../../model/types.ts';
import { formGroups, fromFormValues, newRecord, sameFormValue, sortErrors, toFormValues } from './form-state.ts';

const entity = testEntity('deal', [
  testField('title', 'text'),
  testField('total', 'money', { readOnly: true, computed: true }),
  testField('customer', 'reference', { reference: { to: ['contact'], many: false } }),
  testField('assignee', 'reference', { reference: { to: ['user'], many: false }, default: '$me' }),
  testField('at', 'dateTime', { default: { $now: '0s' } }),
  testField('quantity', 'decimal', { default: 1 }),
  testField('createdAt', 'dateTime', { system: true, readOnly: true }),
]);
const view = (more: Partial<ModelView>): ModelView => ({
  name: 'dealForm',
  title: 'Deal',
  entity: 'deal',
  kind: 'form',
  fields: [],
  ...more,
});
const keysOf = (groups: ReturnType<typeof formGroups>) =>
  groups.map((group) => [group.key, group.fields.map((field) => field.key)]);

describe('formGroups', () => {
  it('takes the groups of the view, and drops empty ones', () => {
    const groups = [
      { key: 'a', title: 'A', fields: ['title', 'gone'] },
      { key: 'b', title: 'B', fields: ['total'] },
    ];
    expect(keysOf(formGroups(entity, { view: view({ groups }), isNew: false }))).toEqual([
      ['a', ['title']],
      ['b', ['total']],
    ]);
    expect(keysOf(formGroups(entity, { view: view({ groups }), isNew: true }))).toEqual([['a', ['title']]]);
  });
  it('shows loose fields first, and every field where nothing is said', () => {
    const groups = [{ key: 'a', title: 'A', fields: ['title'] }];
    expect(keysOf(formGroups(entity, { view: view({ groups, fields: ['title', 'customer'] }), isNew: false }))).toEqual(
      [
        ['fields', ['customer']],
        ['a', ['title']],
      ],
    );
    expect(keysOf(formGroups(entity, { isNew: true }))).toEqual([
      ['fields', ['title', 'customer', 'assignee', 'at', 'quantity']],
    ]);
  });
  it('obeys a list of fields', () => {
    expect(keysOf(formGroups(entity, { view: view({}), fields: ['customer', 'title'], isNew: true }))).toEqual([
      ['fields', ['customer', 'title']],
    ]);
  });
});

describe('newRecord', () => {
  it('begins with the defaults the browser can know, then with what is given', () => {
    expect(newRecord(entity, 'anna', { title: 'Roof' })).toEqual({ assignee: 'anna', quantity: 1, title: 'Roof' });
    expect(newRecord(entity, 'anna', { assignee: 'jaan' })['assignee']).toBe('jaan');
  });
});

describe('values', () => {
  it('go to the form and only edits come back', () => {
    const fields = entity.fields;
    const initial = toFormValues(fields, { title: 'Roof', customer: { id: '1', name: 'Mari' }, quantity: '1.500' });
    expect(initial['customer']).toEqual([{ entity: 'contact', id: '1', record: { id: '1', name: 'Mari' } }]);
    expect(fromFormValues(fields, { title: 'Attic', total: '5' })).toEqual({ title: 'Attic' });
    expect(fromFormValues(fields, { customer: [] })).toEqual({ customer: null });
  });
  it('are the same whether a reference is expanded or not', () => {
    expect(
      sameFormValue([{ entity: 'contact', id: '1', record: { name: 'Mari' } }], [{ entity: 'contact', id: '1' }]),
    ).toBe(true);
    expect(sameFormValue([{ entity: 'contact', id: '1' }], [])).toBe(false);
    expect(sameFormValue(null, undefined)).toBe(true);
    expect(sameFormValue('', null)).toBe(false);
  });
});

describe('sortErrors', () => {
  it('lands details on their fields', () => {
    const detail = (path: string) => ({ path, code: 'required', message: 'x' });
    const sorted = sortErrors(
      [detail('/title'), detail('/set/customer'), detail('/lines/0/width'), detail('')],
      new Set(['title', 'customer']),
    );
    expect(Object.keys(sorted.byField)).toEqual(['title', 'customer']);
    expect(sorted.rest.map((one) => one.path)).toEqual(['/lines/0/width', '']);
  });
});
