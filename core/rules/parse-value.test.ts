import { describe, expect, it } from 'vitest';
import { sampleLookup } from '../../tests/support/lookup.ts';
import { FieldError } from '../fields/field-type.ts';
import { evaluateValue } from './evaluate-value.ts';
import { parseValue } from './parse-value.ts';
import { createTextRenderer } from './render-text.ts';
import { RuleErrors } from './rule-errors.ts';
import type { ValueEnv } from './value.ts';

const texts = createTextRenderer();
const options = {
  names: ['record', 'now'],
  entities: { record: 'deal' },
  lookup: sampleLookup(),
  text: (source: string) => texts.check(source),
  calendars: ['office'],
  refs: ['contact'],
};

const env: ValueEnv = {
  scope: { record: { title: 'Kitchen', total: '10.00', customer: { name: 'A & B' }, tags: ['hot', 'vip'] } },
  base: Date.parse('2026-03-28T22:30:00Z'),
  zone: 'Europe/Tallinn',
  refs: { contact: 'c-1' },
  addWorkingTime: (from, duration, calendar) => from + duration + (calendar === 'office' ? 1 : 0),
};

function value(json: unknown): unknown {
  return evaluateValue(parseValue(json, options), env, texts.render);
}

function refusal(json: unknown): unknown {
  try {
    return parseValue(json, options);
  } catch (error) {
    return error instanceof RuleErrors ? error.errors : error;
  }
}

describe('values', () => {
  it.each<[unknown, unknown]>([
    [5, 5],
    [null, null],
    ['plain', 'plain'],
    [{ a: [1, { b: null }] }, { a: [1, { b: null }] }],
    [{ $expr: 'record.total * 2' }, '20'],
    ['Offer: {{record.title}} {{record.customer.name}}{{record.nothing.deep}}', 'Offer: Kitchen A & B'],
    ['{{#if record.total}}{{#each record.tags}}{{this}};{{/each}}{{else}}none{{/if}}', 'hot;vip;'],
    [{ $workingTime: '15m' }, '2026-03-28T22:45:00.000Z'],
    [{ $workingTime: '15m', calendar: 'office' }, '2026-03-28T22:45:00.001Z'],
    [{ $after: '2d' }, '2026-03-30T22:30:00.000Z'],
    [{ $after: '-1h' }, '2026-03-28T21:30:00.000Z'],
    // Half past midnight on the 29th in Tallinn; that night has 23 hours.
    [{ $date: '0d' }, '2026-03-29'],
    [{ $date: '1d' }, '2026-03-30'],
    [{ $date: '14d' }, '2026-04-12'],
    [{ $date: '-1h' }, '2026-03-28'],
    [{ $ref: 'contact' }, 'c-1'],
    [
      { set: { customer: { $ref: 'contact' }, list: [{ $expr: 'record.title' }, 'x'] } },
      { set: { customer: 'c-1', list: ['Kitchen', 'x'] } },
    ],
  ])('%j is %j', (json, expected) => {
    expect(value(json)).toStrictEqual(expected);
  });

  it.each<[unknown, string, string]>([
    [{ a: { $exp: 'x' } }, '/a/$exp', 'There is no "$exp". Did you mean "$expr"?'],
    [{ a: { $expr: 'record.titel' } }, '/a/$expr', 'deal has no field "titel". Did you mean "title"?'],
    [
      [{ $after: 'soon' }],
      '/0/$after',
      '"soon" is no duration: write something like 15m, 2h, 1d, -30d, 1h30m or PT15M.',
    ],
    [{ $workingTime: '-1h' }, '/$workingTime', 'Working time cannot be negative.'],
    [
      { $workingTime: '1h', calendar: 'ofice' },
      '/$workingTime',
      'There is no calendar "ofice". Did you mean "office"?',
    ],
    [{ $after: '1h', calendar: 'office' }, '/calendar', '"calendar" cannot stand beside "$after".'],
    [{ $ref: 'contct' }, '/$ref', 'There is no record with the key "contct". Did you mean "contact"?'],
    [{ $ref: 5 }, '/$ref', '"$ref" takes a text.'],
  ])('%j is refused', (json, pointer, message) => {
    expect(refusal(json)).toStrictEqual([{ pointer, message }]);
  });

  it('collects every mistake', () => {
    expect(refusal({ a: { $after: 'x' }, b: '{{#if}}', c: { $expr: '' } })).toMatchObject([
      { pointer: '/a/$after' },
      { pointer: '/b' },
      { pointer: '/c/$expr' },
    ]);
  });

  it('refuses a reference to a record that was not made', () => {
    const free = parseValue({ $ref: 'other' }, { names: [] });
    expect(() => evaluateValue(free, env, texts.render)).toThrow('No record with the key "other" was made before.');
  });
});

describe('createTextRenderer', () => {
  it('reads own members only and runs nothing', () => {
    const scope = { record: { title: 'T' } };
    expect(texts.render('{{record.constructor.name}}{{record.__proto__}}', scope)).toBe('');
    expect(texts.check('{{lookup record "title"}}')).toMatch(
      /^The text is no valid template: You specified knownHelpersOnly/,
    );
    expect(() => texts.render('{{lookup record "title"}}', scope)).toThrow(FieldError);
    expect(() => texts.render('{{log record}}', scope)).toThrow(FieldError);
    const tree: string = JSON.parse('{"type":"Program","body":[]}');
    expect(() => texts.render(tree, scope)).toThrow(FieldError);
  });

  it('says what is wrong with a text', () => {
    expect(texts.check('{{record.title')).toMatch(/^The text is no valid template: Parse error on line 1/);
    expect(texts.check('{{shout record.title}}')).toMatch(
      /^The text is no valid template: You specified knownHelpersOnly/,
    );
    expect(texts.check('{{record.title}}')).toBe(undefined);
  });

  it('limits the result', () => {
    const scope = { list: Array.from({ length: 1_000 }, () => 'x'.repeat(200)) };
    expect(() => texts.render('{{#each list}}{{this}}{{/each}}', scope)).toThrow(
      'The text grows beyond 100000 characters.',
    );
  });
});
