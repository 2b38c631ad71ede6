import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleLookup } from '../../tests/support/lookup.ts';
import { FieldError } from '../fields/field-type.ts';
import { compileExpression } from './compile-expression.ts';
import { RuleErrors } from './rule-errors.ts';

const lookup = sampleLookup();

function computed(source: string, scope: object = {}, entity = 'line'): unknown {
  return compileExpression(source, { kind: 'computed', entity, lookup }).evaluate({ ...scope });
}

const NAMES = ['record', 'before', 'form', 'steps', 'now'];

function scoped(source: string, scope: object = {}): unknown {
  return compileExpression(source, { kind: 'scope', names: NAMES }).evaluate({ ...scope });
}

function refusal(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof RuleErrors) return error.errors;
    return error instanceof FieldError ? [error.code, error.message] : error;
  }
}

function reads(source: string): readonly string[] {
  return compileExpression(source, { kind: 'computed', entity: 'line', lookup }).reads;
}

function money(cents: number): string {
  return (cents / 100).toFixed(2);
}

const line = {
  quantity: '2.500',
  price: '19.99',
  discount: null,
  note: 'Oak',
  product: { id: 'p', name: 'Door', price: '120.00' },
};

describe('computed fields', () => {
  it.each<[string, unknown]>([
    ['quantity * price', '49.975'],
    ['quantity * coalesce(price, product.price, 0)', '49.975'],
    ['quantity * product.price', '300'],
    ['quantity * price * (1 - coalesce(discount, 0) / 100)', '49.975'],
    ['round(quantity * price, 2)', '49.98'],
    ['round(-0.005, 2)', '-0.01'],
    ['round(2.5)', '3'],
    ['quantity * 2', '5'],
    ['quantity + 0.1', '2.6'],
    ['1 / 3', '0.333333333333333333333333333333'],
    ['0.1 + 0.2', '0.3'],
    ['5 / 2', '2.5'],
    ['7 % 4', '3'],
    ['-quantity', '-2.5'],
    ['price - discount', null],
    ['discount * 2', null],
    ['-discount', null],
    ['price / 0', null],
    ['price % 0', null],
    ['price != null ? price : 0', '19.99'],
    ['discount == null ? 0 : discount', 0],
    ['discount > 5 ? 1 : 2', 2],
    ['price > 19.98 && price < 20', true],
    ['price == 19.99', true],
    ['price >= product.price || quantity >= 2', true],
    ['!(discount > 5)', true],
    ['min(price, product.price, discount)', '19.99'],
    ['max(price, 25)', 25],
    ['min([3, 1, 2])', 1],
    ['min(discount)', null],
    ['abs(0 - price)', '19.99'],
    ['floor(-2.5)', '-3'],
    ['ceil(2.1)', '3'],
    ['size(note)', 3],
    ['note + " door"', 'Oak door'],
    ['product.name + ": " + string(price)', 'Door: 19.99'],
    ['product != null', true],
    ['product.id', 'p'],
    ['note.startsWith("O") && !note.contains("x")', true],
    ['note in ["Oak", "Pine"]', true],
    ['has(product.price)', true],
    ['has(product.price) ? 1 : 2', 1],
    ['cel.bind(x, quantity * price, x + x)', '99.95'],
    ['[1, 2, 3].map(n, n * quantity).sum()', '15'],
    ['[1, 2, 3].filter(n, n > 1).size()', 2],
    ['[1, 2, 3].exists(n, n > 2) && [1, 2].all(n, n > 0) && [1, 2].exists_one(n, n == 2)', true],
    ['coalesce(discount, null)', null],
  ])('%s', (source, expected) => {
    expect(computed(source, line)).toStrictEqual(expected);
  });

  it('work on dates, instants and durations', () => {
    const deal = {
      visitAt: '2026-03-31T10:00:00.000Z',
      expectedOn: '2026-03-31',
      effort: 'PT2H',
      createdAt: '2026-03-30T10:00:00.000Z',
    };
    const of = (source: string): unknown => computed(source, deal, 'deal');
    expect(of('visitAt + duration("90m")')).toBe('2026-03-31T11:30:00.000Z');
    expect(of('visitAt + duration(effort)')).toBe('2026-03-31T12:00:00.000Z');
    expect(of('expectedOn + duration("14d")')).toBe('2026-04-14');
    expect(of('expectedOn - duration("1d")')).toBe('2026-03-30');
    expect(of('visitAt - createdAt')).toBe('P1D');
    expect(of('(visitAt - createdAt).getHours()')).toBe(24);
    expect(of('visitAt > createdAt')).toBe(true);
    expect(of('visitAt > expectedOn')).toBe(true);
    expect(of('expectedOn == "2026-03-31"')).toBe(true);
    expect(of('visitAt.getHours("Europe/Tallinn")')).toBe(13);
    expect(of('expectedOn.getMonth() + 1')).toBe('3');
  });

  it('are empty where a reference is empty', () => {
    expect(computed('quantity * product.price', { quantity: '1.000', product: null })).toBe(null);
    expect(computed('product.name', {})).toBe(null);
    expect(computed('product == null', {})).toBe(true);
  });

  it('refuse a reference that is not loaded, naming it', () => {
    expect(refusal(() => computed('product.price', { product: 'p' }))).toStrictEqual([
      'expression',
      '"p" has no "price": is the reference loaded?',
    ]);
  });

  it('tell what they read', () => {
    expect(reads('quantity * coalesce(price, product.price, 0) + quantity')).toStrictEqual([
      'quantity',
      'price',
      'product.price',
    ]);
    expect(reads('[1].map(n, n * price).size()')).toStrictEqual(['price']);
    expect(compileExpression('record.customer.email + now', { kind: 'scope', names: NAMES }).reads).toStrictEqual([
      'record.customer.email',
      'now',
    ]);
  });

  it.each<[string, string]>([
    ['', 'An expression must not be empty.'],
    ['quantity *', 'Unexpected token: EOF (at character 11).'],
    ['quantitty * price', 'line has no field "quantitty". Did you mean "quantity"?'],
    ['product.prise', 'product has no field "prise". Did you mean "price"?'],
    ['note * 2', '"*" does not take a text and a number.'],
    ['quantity + note', '"+" does not take a number and a text.'],
    ['quantity > note', '">" does not take a number and a text.'],
    ['quantity == "x"', '"==" does not take a number and a text.'],
    ['note && true', '"&&" takes true or false, not a text.'],
    ['quantity ? 1 : 2', '"?:" takes true or false, not a number.'],
    ['!note', '"!" takes true or false, not a text.'],
    ['now', '"now" is not taken in a computed field: its value is stored and would go stale.'],
    ['rond(price, 2)', 'There is no function "rond". Did you mean "round"?'],
    ['round()', '"round" takes another number of arguments.'],
    ['note.matches("a+")', '"matches" is not taken: use contains, startsWith or endsWith.'],
    ['matches(note, "a+")', '"matches" is not taken: use contains, startsWith or endsWith.'],
    ['note.constructor', 'a text has no "constructor".'],
    ['product.constructor', 'product has no field "constructor".'],
    ['b"x"', 'Bytes and unsigned numbers are not taken.'],
    ['has(price)', '"has" takes one member, such as has(record.phone).'],
    ['price.map(n, n)', '"map" takes a list, not a number.'],
    ['product * 2', '"*" does not take a record (product) and a number.'],
  ])('refuse %s at boot', (source, message) => {
    expect(refusal(() => computed(source))).toStrictEqual([{ pointer: '', message }]);
  });

  it('refuse options and lists that do not exist', () => {
    const of = (source: string): unknown => refusal(() => computed(source, {}, 'deal'));
    expect(of('stage == "wonn"')).toStrictEqual([
      { pointer: '', message: '"wonn" is none of the options. Did you mean "won"?' },
    ]);
    expect(of('lines.size()')).toStrictEqual([
      { pointer: '', message: '"lines" of deal is a list of records: use a rollup field for figures over it.' },
    ]);
    expect(computed('stage == "won"', { stage: 'won' }, 'deal')).toBe(true);
  });

  it('are limited in size', () => {
    expect(refusal(() => computed(Array.from({ length: 500 }, () => '1').join('+')))).toMatchObject([
      { message: expect.stringMatching(/limit|exceed|max/i) },
    ]);
    expect(refusal(() => computed(`${'('.repeat(200)}1${')'.repeat(200)}`))).toMatchObject([{ pointer: '' }]);
    expect(refusal(() => computed('1'.repeat(5_000)))).toStrictEqual([
      { pointer: '', message: 'An expression may have at most 4000 characters.' },
    ]);
  });
});

describe('scopes', () => {
  const scope = {
    record: {
      id: 'r',
      title: 'Kitchen',
      total: '100.50',
      customer: null,
      assignee: 'u1',
      lines: [{ amount: '10.10' }, { amount: null }, { amount: '5' }],
    },
    form: { name: 'Anna', rooms: 3, odd: Object.create({ hidden: 1 }) },
    steps: { offer: { number: 'OFF-1' } },
    now: '2026-03-31T10:00:00.000Z',
  };

  it.each<[string, unknown]>([
    ['record.title', 'Kitchen'],
    ['record.assignee', 'u1'],
    ['record.customer.email', null],
    ['record.customer.company.name', null],
    ['record.missing', null],
    ['before.title', null],
    ['form.name + " / " + steps.offer.number', 'Anna / OFF-1'],
    ['form.rooms', 3],
    ['form.rooms * 2', '6'],
    ['record.total > 100', true],
    ['record.total * 2', '201'],
    ['record.total == 100.5', true],
    ['record.lines.map(l, l.amount).sum()', '15.1'],
    ['record.lines[0].amount', '10.10'],
    ['record.lines[9]', null],
    ['record.assignee.id', 'u1'],
    ['form.odd.hidden', null],
    ['record.constructor', null],
    ['record["title"]', 'Kitchen'],
    ['timestamp(now) + duration("1h")', '2026-03-31T11:00:00.000Z'],
    ['now + duration("1d")', '2026-04-01T10:00:00.000Z'],
    ['{"a": record.title, "n": [1, form.rooms]}', { a: 'Kitchen', n: [1, 3] }],
    ['record.customer != null && record.customer.email != null', false],
  ])('%s', (source, expected) => {
    expect(scoped(source, scope)).toStrictEqual(expected);
  });

  it('refuse unknown names', () => {
    expect(refusal(() => scoped('recod.title'))).toStrictEqual([
      { pointer: '', message: 'There is no "recod" here. Did you mean "record"?' },
    ]);
    expect(refusal(() => scoped('user.name'))).toStrictEqual([
      { pointer: '', message: 'There is no "user" here. Here are record, before, form, steps, now.' },
    ]);
  });

  it('check members of a named entity and keep its amounts exact', () => {
    const options = { kind: 'scope', names: NAMES, entities: { record: 'deal' }, lookup } as const;
    const deal = {
      total: '0.10',
      paid: '0.20',
      lines: [{ price: '1.10' }, { price: '2.20' }],
      customer: { email: 'a@b.ee' },
    };
    const of = (source: string): unknown => compileExpression(source, options).evaluate({ record: deal });
    expect(of('record.total + record.paid')).toBe('0.3');
    expect(of('record.lines.map(l, l.price).sum()')).toBe('3.3');
    expect(of('record.customer.email')).toBe('a@b.ee');
    expect(refusal(() => of('record.totl'))).toStrictEqual([
      { pointer: '', message: 'deal has no field "totl". Did you mean "total"?' },
    ]);
    expect(refusal(() => of('record.lines.map(l, l.prise)'))).toStrictEqual([
      { pointer: '', message: 'line has no field "prise". Did you mean "price"?' },
    ]);
  });

  it('stop what grows without measure', () => {
    const big = { record: { list: Array.from({ length: 200 }, (_, i) => i), text: 'x'.repeat(60_000) } };
    expect(refusal(() => scoped('record.list.all(a, record.list.all(b, a + b >= 0))', big))).toStrictEqual([
      'expression',
      'The expression takes more than 10000 steps.',
    ]);
    expect(refusal(() => scoped('record.text + record.text', big))).toStrictEqual([
      'expression',
      'The text grows beyond 100000 characters.',
    ]);
  });

  it('name what cannot be worked out', () => {
    expect(refusal(() => scoped('form.name * 2', scope))).toStrictEqual(['expression', 'Cannot work out "Anna" * 2.']);
    expect(refusal(() => scoped('form.name > 2', scope))).toStrictEqual([
      'expression',
      'Cannot compare "Anna" with 2.',
    ]);
  });
});

it('adds amounts as exactly as whole cents', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), fc.integer({ min: -1e12, max: 1e12 }), (a, b) => {
      const sum = computed('round(price + discount, 2) * 100', { price: money(a), discount: money(b) });
      expect(Number(sum)).toBe(a + b);
    }),
  );
});
