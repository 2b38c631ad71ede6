import { afterAll, describe, expect, test } from 'vitest';
import { createHtmlRenderer } from './render-html.ts';
import type { TemplateSettings } from './template-helpers.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const renderer = createHtmlRenderer({ log: silent });
afterAll(() => renderer.stop());

const ET: TemplateSettings = {
  language: 'et',
  currency: 'EUR',
  zone: 'Europe/Tallinn',
  texts: { hello: 'Tere, {name}!', 'a.b': 'Õli' },
};

async function render(source: string, data: unknown = {}, settings = ET): Promise<string> {
  const [text] = await renderer.render({ sources: [{ name: 'offer.hbs', source, escape: true }], data, settings });
  return text ?? '';
}

/** Intl puts no-break spaces between amounts and currencies. */
const spaces = (text: string) => text.replaceAll(/\s/gu, ' ');

describe('what a template can say', () => {
  test.each<[string, unknown, string]>([
    ['{{record.name}}', { record: { name: '<b>Õ & ž</b>' } }, '&lt;b&gt;Õ &amp; ž&lt;/b&gt;'],
    ['{{#each lines}}{{@index}}:{{title}};{{/each}}', { lines: [{ title: 'a' }, { title: 'b' }] }, '0:a;1:b;'],
    ['{{#if (eq kind "won")}}yes{{else}}no{{/if}}', { kind: 'won' }, 'yes'],
    ['{{t "hello" name=who}}', { who: 'Ķēniņš' }, 'Tere, Ķēniņš!'],
    ['{{t "a.b"}} {{t "missing"}}', {}, 'Õli missing'],
    ['{{money total}}', { total: '1234.50' }, '1234,50 €'],
    ['{{money total "USD"}}', { total: '90071992547409931.01' }, '90 071 992 547 409 931,01 $'],
    ['{{money total}}|{{number total}}|{{date total}}', { total: null }, '||'],
    ['{{number area 2}}', { area: '12345.5' }, '12 345,50'],
    ['{{date day "long"}}', { day: '2026-03-29' }, '29. märts 2026'],
    ['{{date at "time"}}', { at: '2026-01-01T22:30:00.000Z' }, '2. jaan 2026, 00:30'],
    ['{{date}}/{{number}}', { date: 'own', number: 7 }, 'own/7'],
    ['{{record.missing.deeper}}', { record: {} }, ''],
  ])('%s', async (source, data, expected) => {
    expect(spaces(await render(source, data))).toBe(expected);
  });

  test('a file name is plain text', async () => {
    const sources = [{ name: 'offer', source: 'Offer {{n}}', escape: false }];
    expect(await renderer.render({ sources, data: { n: 'A & B' }, settings: ET })).toEqual(['Offer A & B']);
  });
});

describe('what a template cannot do', () => {
  test.each<[string, string]>([
    ['{{{record.name}}}', '{{{…}}} and {{&…}} put text in without escaping and are not allowed: write {{…}} (line 1).'],
    [
      '\n{{&record.name}}',
      '{{{…}}} and {{&…}} put text in without escaping and are not allowed: write {{…}} (line 2).',
    ],
    ['{{> layout}}', 'Partials {{> …}} are not known here: write their text into the template (line 1).'],
    ['{{#*inline "x"}}{{/inline}}', 'Inline partials {{#* …}} are not allowed (line 1).'],
    ['{{log "x" level="error"}}', 'You specified knownHelpersOnly, but used the unknown helper log - 1:0'],
    ['{{lookup record "constructor"}}', 'You specified knownHelpersOnly, but used the unknown helper lookup - 1:0'],
    [
      '{{#each (lookup this "a")}}{{/each}}',
      'You specified knownHelpersOnly, but used the unknown helper lookup - 1:8',
    ],
    ['{{shell "ls"}}', 'You specified knownHelpersOnly, but used the unknown helper shell - 1:0'],
  ])('%s', async (source, message) => {
    await expect(render(source)).rejects.toMatchObject({
      code: 'VALIDATION',
      errors: [{ path: '/template', code: 'template', message: `offer.hbs: ${message}` }],
    });
  });

  test('reach prototypes, functions or accessors of the data', async () => {
    const data = { record: { name: 'x', secret: () => 'no', when: new Date(0) }, list: [1] };
    expect(
      await render(
        '[{{record.constructor.name}}{{record.__proto__.x}}{{record.secret}}{{list.constructor}}]{{record.when}}',
        data,
      ),
    ).toBe('[]1970-01-01T00:00:00.000Z');
  });

  test('be a syntax tree in place of a text', async () => {
    const tree: string = JSON.parse('{ "type": "Program", "body": [] }');
    await expect(render(tree)).rejects.toMatchObject({
      code: 'VALIDATION',
      errors: [{ message: 'offer.hbs: A template is a text.' }],
    });
  });

  test.each<[string, string, unknown, string]>([
    ['be larger than 256 KiB', 'x'.repeat(262_145), {}, 'template'],
    [
      'write more than 2 MiB',
      '{{#each @root.l}}{{#each @root.l}}{{@root.s}}{{/each}}{{/each}}',
      { l: Array(60).fill(1), s: 'y'.repeat(1000) },
      'templateOutput',
    ],
    ['run longer than 2 seconds', nested(9), { l: Array(40).fill(1) }, 'templateTime'],
    [
      'do both at once, and go on doing so when its time is over',
      nested(9, 'x'),
      { l: Array(40).fill(1) },
      'template(Memory|Time)',
    ],
    ['eat the memory, whichever limit is met first', '{{a}}'.repeat(52_000), {}, 'template(Memory|Time)'],
  ])('%s', async (_name, source, data, code) => {
    await expect(render(source, data)).rejects.toMatchObject({
      code: 'VALIDATION',
      errors: [{ path: '/template', code: expect.stringMatching(new RegExp(`^${code}$`)) }],
    });
    expect(await render('{{a}}', { a: 'still alive' })).toBe('still alive');
  });
});

function nested(depth: number, inner = ''): string {
  return `${'{{#each @root.l}}'.repeat(depth)}${inner}${'{{/each}}'.repeat(depth)}`;
}
