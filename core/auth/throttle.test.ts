import { expect, it } from 'vitest';
import { createThrottle, peerKey } from './throttle.ts';

it('refuses a key over its limit until its window has passed, and no other key', () => {
  let now = 0;
  const throttle = createThrottle({ now: () => now }, { limit: 2, window: 60_000, message: 'Too many.' });
  const count = (key: string) => {
    throttle.check(key);
    throttle.count(key);
  };
  count('a');
  now = 30_000;
  count('a');
  expect(() => throttle.check('a')).toThrow('Too many. Try again in 30 seconds.');
  count('b');
  now = 60_000;
  count('a');
  throttle.clear('b');
  count('b');
  count('b');
  expect(() => throttle.check('b')).toThrow('Too many.');
});

it.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  [undefined, 'unknown'],
])('takes %s for the network %s', (address, key) => {
  expect(peerKey(address)).toBe(key);
});
