import { expect, it } from 'vitest';
import { looksLikeRobot, makeStamp, stampAgain } from './form-guard.ts';

const by = { secret: 'secret', form: 'ask', now: 100_000 };
const stampAt = (at: number) => makeStamp('secret', 'ask', at);

it.each<[string, Record<string, unknown>, boolean]>([
  ['a program that posts only answers', { name: 'x' }, false],
  ['a person after two seconds', { _stamp: stampAt(98_000), homepage_url: '' }, false],
  ['a quick person', { _stamp: stampAt(100_000), name: 'Ivan', phone: '5551234' }, false],
  ['a link written within a second', { _stamp: stampAt(99_000), message: 'see http://spam.example' }, true],
  ['a link written in two', { _stamp: stampAt(98_000), message: 'see http://spam.example' }, false],
  ['a page left open for an hour', { _stamp: stampAt(100_000 - 3_600_000) }, false],
  ['a post recorded the day before', { _stamp: stampAt(99_999 - 86_400_000) }, true],
  ['a filled trap', { homepage_url: 'http://spam' }, true],
  ['a forged stamp', { _stamp: '90000.forged' }, true],
  ['a stamp of another form', { _stamp: makeStamp('secret', 'other', 90_000) }, true],
  ['a stamp that is no text', { _stamp: 5 }, true],
])('%s', (_name, post, expected) => {
  expect(looksLikeRobot(new Map(Object.entries(post)), by)).toBe(expected);
});

it('a page that is drawn again keeps its stamp, unless that was none', () => {
  expect(stampAgain(stampAt(98_000), by)).toBe(stampAt(98_000));
  for (const stamp of [undefined, 5, 'x', '90000.forged', stampAt(-90_000_000)])
    expect(stampAgain(stamp, by)).toBe(stampAt(100_000));
});
