import { expect, it } from 'vitest';
import { createHybridClock } from './hybrid-clock.ts';

it('goes on after what the node wrote last, though the wall clock is behind', () => {
  const before = createHybridClock({ now: () => 2_000_000_000_000 }, 'a');
  const texts = [before.next(), before.next()];
  const after = createHybridClock({ now: () => 1_000_000_000_000 }, 'a', texts[1]);
  texts.push(after.next(), after.next());
  expect(texts).toEqual([
    '2000000000000-0000-a',
    '2000000000000-0001-a',
    '2000000000000-0002-a',
    '2000000000000-0003-a',
  ]);
});

it('takes the time of now before its first change, and when the clock has moved on', () => {
  const clock = { now: () => 1_000_000_000_000 };
  expect(createHybridClock(clock, 'a').next()).toBe('1000000000000-0000-a');
  expect(createHybridClock(clock, 'a', '0999999999999-ffff-a').next()).toBe('1000000000000-0000-a');
});
