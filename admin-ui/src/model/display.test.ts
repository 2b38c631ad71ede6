import { describe, expect, it } from 'vitest';
import { displayOf, expandFor, referenceOf, referencesOf } from './display.ts';
import { indexModel } from './model.ts';
import { testEntity, testField, testModel } from './test-model.ts';

const contact = testEntity(
  'contact',
  [testField('name', 'text'), testField('city', 'text')],
  [{ field: 'name' }, { text: ' (' }, { field: 'city' }, { text: ')' }],
);
const deal = testEntity(
  'deal',
  [
    testField('title', 'text'),
    testField('customer', 'reference', { reference: { to: ['contact'], many: false } }),
    testField('kind', 'select', { options: [{ value: 'walk-in', title: 'Walk-in' }] }),
  ],
  [{ field: 'title' }, { text: ' · ' }, { field: 'customer' }],
);
const model = indexModel(testModel([contact, deal]));

describe('displayOf', () => {
  it('joins fields and texts, and follows expanded references', () => {
    expect(displayOf(model, 'deal', { title: 'Roof', customer: { id: '1', name: 'Mari', city: 'Tartu' } })).toBe(
      'Roof · Mari (Tartu)',
    );
  });
  it('drops separators at the ends and knows nothing of a bare id', () => {
    expect(displayOf(model, deal, { title: 'Roof', customer: '1' })).toBe('Roof');
    expect(displayOf(model, deal, { title: null, customer: { id: '1', name: 'Mari', city: 'Tartu' } })).toBe(
      'Mari (Tartu)',
    );
  });
  it('writes money and days as the reader does', () => {
    const payment = testEntity(
      'payment',
      [testField('amount', 'money', { currency: 'EUR' }), testField('paidOn', 'date')],
      [{ field: 'amount' }, { text: ' · ' }, { field: 'paidOn' }],
    );
    const known = indexModel(testModel([payment]));
    expect(displayOf(known, payment, { amount: '3000.00', paidOn: '2026-03-01' })).toBe('€3,000.00 · 1 Mar 2026');
  });
  it('is empty when nothing is known', () => {
    expect(displayOf(model, contact, { name: null, city: '' })).toBe('');
  });
});

describe('referenceOf', () => {
  const single = { reference: { to: ['contact'], many: false } };
  const poly = { reference: { to: ['deal', 'contact'], many: false } };
  it('reads ids, tagged ids and expanded records', () => {
    expect(referenceOf('1', single)).toEqual({ entity: 'contact', id: '1' });
    expect(referenceOf({ entity: 'contact', id: '1' }, poly)).toEqual({ entity: 'contact', id: '1' });
    const record = { entity: 'contact', id: '1', name: 'Mari' };
    expect(referenceOf(record, poly)).toEqual({ entity: 'contact', id: '1', record });
    expect(referenceOf(null, single)).toBeNull();
  });
  it('does not take a field called entity for a tag', () => {
    const record = { id: '1', entity: 'limited company' };
    expect(referenceOf(record, single)?.entity).toBe('contact');
  });
  it('reads lists', () => {
    expect(referencesOf(['1', { id: '2', name: 'B' }], single).map((one) => one.id)).toEqual(['1', '2']);
    expect(referencesOf(null, single)).toEqual([]);
  });
});

describe('expandFor', () => {
  it('names the shown references and those of the display', () => {
    expect(expandFor(deal, [])).toEqual(['customer']);
    expect(expandFor(contact, ['name', 'city'])).toEqual([]);
  });
});

describe('indexModel', () => {
  it('refuses unknown entities and finds the form written by hand first', () => {
    expect(() => model.entity('nothing')).toThrow('There is no "nothing" here');
    const view = (name: string) => ({ name, title: name, entity: 'deal', kind: 'form' as const, fields: [] });
    const forms = indexModel({ ...testModel([deal]), views: [view('dealForm'), view('shortForm')] });
    expect(forms.formView('deal')?.name).toBe('shortForm');
    expect(forms.formView('contact')).toBeUndefined();
  });
});
