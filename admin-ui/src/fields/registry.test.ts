import { describe, expect, it } from 'vitest';
import { testField } from '../model/test-model.ts';
import { FIELD_TYPES, fieldModule } from './registry.ts';

const file = { id: 'f', name: 'a.pdf', type: 'application/pdf', size: 12 };

/** A canonical value of each type, as the API gives it. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  text: ['Mari', null],
  richText: [null, '<p>a</p><p>b</p>'],
  integer: [0, -12, '9007199254740993', null],
  number: [1.5, 0, null],
  decimal: ['1.500', null],
  money: ['1234.50', '-0.01', null],
  boolean: [true, false, null],
  date: ['2026-03-05', null],
  dateTime: ['2026-03-05T09:30:00.000Z', null],
  duration: ['PT1H30M', 'P2D', null],
  select: ['walk-in', null],
  multiSelect: [['a', 'b'], []],
  email: ['a@example.com', null],
  phone: ['+37255512345', null],
  url: ['https://example.com/a', null],
  address: ['Pärnu mnt 1\nTallinn', null],
  reference: ['id-1', null],
  file: [file, null],
  image: [file, null],
  signature: [file, null],
  sequence: ['INV-2026-0001', null],
  json: [{ a: [1] }, [{ text: 'a', done: true }], null, 5],
};

describe('field modules', () => {
  it('draw every field type', () => {
    expect([...FIELD_TYPES].sort()).toEqual(Object.keys(VALUES).sort());
  });
  it.each(Object.entries(VALUES).flatMap(([type, values]) => values.map((value) => [type, value] as const)))(
    '%s %j survives the form',
    (type, value) => {
      const field = testField('x', type, type === 'reference' ? { reference: { to: ['contact'], many: false } } : {});
      const { toForm, fromForm } = fieldModule(type);
      expect(fromForm(toForm(value, field), field)).toEqual(value);
    },
  );
  it('sends polymorphic and many references in their spelling', () => {
    const { toForm, fromForm } = fieldModule('reference');
    const poly = testField('about', 'reference', { reference: { to: ['deal', 'contact'], many: false } });
    expect(fromForm(toForm({ entity: 'contact', id: '1', name: 'Mari' }, poly), poly)).toEqual({
      entity: 'contact',
      id: '1',
    });
    const many = testField('teams', 'reference', { reference: { to: ['team'], many: true } });
    expect(fromForm(toForm([{ id: '1', name: 'A' }, '2'], many), many)).toEqual(['1', '2']);
  });
  it('takes figures and links as people type them', () => {
    const field = testField('x', 'money');
    expect(fieldModule('money').fromForm('1 234,50', field)).toBe('1234.50');
    expect(fieldModule('integer').fromForm('12', field)).toBe(12);
    expect(fieldModule('integer').fromForm('twelve', field)).toBe('twelve');
    expect(fieldModule('url').fromForm('example.com/a', field)).toBe('https://example.com/a');
    expect(fieldModule('json').fromForm('{bad', field)).toBe('{bad');
  });
  it('shows an unknown type as text', () => {
    expect(fieldModule('somePlugin.gauge')).toBe(fieldModule('text'));
    expect(fieldModule('constructor')).toBe(fieldModule('text'));
  });
});
