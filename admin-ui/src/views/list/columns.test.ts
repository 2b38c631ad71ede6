import { describe, expect, it } from 'vitest';
import { indexModel } from '../../model/model.ts';
import { testEntity, testField, testModel } from '../../model/test-model.ts';
import { columnOf, expandColumns, growingColumn, holderOf, isSortable, moveColumn, viewColumns } from './columns.ts';

const to = (...entities: string[]) => ({ reference: { to: entities, many: false } });
const task = testEntity(
  'task',
  [testField('dueAt', 'dateTime'), testField('title', 'text'), testField('about', 'reference', to('deal', 'contact'))],
  [{ field: 'title' }],
);
const deal = testEntity('deal', [testField('stage', 'select'), testField('customer', 'reference', to('contact'))]);
const contact = testEntity('contact', [testField('phone', 'phone'), testField('company', 'reference', to('deal'))]);
const model = indexModel(testModel([task, deal, contact]));
const column = (path: string, entity = task) => {
  const found = columnOf(model, entity, path);
  if (!found) throw new Error(`no column ${path}`);
  return found;
};

describe('columnOf', () => {
  it('finds own fields and those of other records', () => {
    expect(column('title')).toMatchObject({ key: 'title', title: 'title', steps: [] });
    expect(column('customer.phone', deal)).toMatchObject({
      title: 'customer: phone',
      entity: { name: 'contact' },
      field: { type: 'phone' },
    });
    expect(column('about.deal.customer.phone').steps.map((step) => step.target)).toEqual(['deal', 'contact']);
  });
  it('knows nothing of paths that lead nowhere', () => {
    for (const path of ['nothing', 'title.x', 'about.company.name', 'about.deal.nothing']) {
      expect(columnOf(model, task, path)).toBeUndefined();
    }
  });
});

describe('holderOf', () => {
  it('walks over expanded references', () => {
    const customer = { id: 'c', phone: '+372' };
    expect(holderOf(column('customer.phone', deal), { customer })).toBe(customer);
    expect(holderOf(column('customer.phone', deal), { customer: 'c' })).toBeNull();
    expect(holderOf(column('about.deal.customer.phone'), { about: { entity: 'deal', id: 'd', customer } })).toBe(
      customer,
    );
    expect(holderOf(column('about.deal.stage'), { about: { entity: 'contact', id: 'c', phone: '1' } })).toBeNull();
  });
});

describe('columns of a table', () => {
  it('expand what they show', () => {
    expect(
      expandColumns(deal, [column('stage', deal), column('customer.phone', deal), column('customer.company', deal)]),
    ).toEqual(['customer', 'customer.company']);
  });
  it('sort by own plain fields only', () => {
    expect(isSortable(column('dueAt'))).toBe(true);
    expect(isSortable(column('about'))).toBe(false);
    expect(isSortable(column('customer.phone', deal))).toBe(false);
  });
  it('give the room left over to what names the record', () => {
    expect(growingColumn(task, [column('dueAt'), column('title')])).toBe(1);
    expect(growingColumn(deal, [column('stage', deal)])).toBe(0);
  });
});

describe('viewColumns', () => {
  const piped = { ...deal, display: [{ field: 'title' }], pipelines: ['sales'] };
  it('puts the stage after what names the record', () => {
    expect(viewColumns(piped, { fields: ['customer', 'title', 'total'] })).toEqual([
      'customer',
      'title',
      'stage',
      'total',
    ]);
  });
  it('leaves a view alone that names it, keeps to one stage or has no pipeline', () => {
    expect(viewColumns(piped, { fields: ['stage', 'title'] })).toEqual(['stage', 'title']);
    expect(viewColumns(piped, { fields: ['title'], filter: { stage: 'won' } })).toEqual(['title']);
    expect(viewColumns(deal, { fields: ['title'] })).toEqual(['title']);
  });
});

describe('moveColumn', () => {
  it('moves by one and stops at the edges', () => {
    expect(moveColumn(['a', 'b', 'c'], 'b', -1)).toEqual(['b', 'a', 'c']);
    expect(moveColumn(['a', 'b', 'c'], 'b', 1)).toEqual(['a', 'c', 'b']);
    expect(moveColumn(['a', 'b'], 'a', -1)).toEqual(['a', 'b']);
    expect(moveColumn(['a', 'b'], 'x', 1)).toEqual(['a', 'b']);
  });
});
