import { expect, it } from 'vitest';
import { isThisMachine } from './command-identity.ts';

it.each([
  ['127.0.0.1', '127.0.0.1', true],
  ['::ffff:127.0.0.1', '::ffff:127.0.0.1', true],
  ['::1', '::1', true],
  ['10.0.0.5', '10.0.0.5', true],
  ['::ffff:10.0.0.5', '10.0.0.5', true],
  ['10.0.0.6', '10.0.0.5', false],
  ['128.0.0.1', '10.0.0.5', false],
  ['1127.0.0.1', '10.0.0.5', false],
  [undefined, undefined, false],
])('takes a command from %s at %s: %s', (remoteAddress, localAddress, expected) => {
  expect(isThisMachine({ remoteAddress, localAddress })).toBe(expected);
});
