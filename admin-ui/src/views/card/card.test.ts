import { describe, expect, it } from 'vitest';
import type { Change } from '../../model/types.ts';
import { usualTimes } from './composer/due-times.ts';
import { spanText, stageVisits } from './stage-times.ts';

const moved = (at: string, stage: string): Change => ({
  seq: 1,
  id: at,
  at,
  entity: 'ship',
  record: 's1',
  kind: 'moved',
  fields: { stage: { before: null, after: stage } },
  by: { id: null, name: 'Anna', kind: 'user' },
  door: 'api',
  version: 1,
});

it('knows when each stage was entered last', () => {
  const visits = stageVisits([
    moved('2026-03-03T00:00:00Z', 'a'),
    moved('2026-03-02T00:00:00Z', 'b'),
    moved('2026-03-01T00:00:00Z', 'a'),
  ]);
  expect([...visits]).toEqual([
    ['a', '2026-03-03T00:00:00Z'],
    ['b', '2026-03-02T00:00:00Z'],
  ]);
});

it('says a length of time in its largest whole unit', () => {
  expect(spanText(3 * 86_400_000 + 5, 'en')).toBe('3 days');
  expect(spanText(15 * 60_000, 'en')).toBe('15 minutes');
  expect(spanText(-5, 'en')).toBe('0 minutes');
});

describe('usualTimes', () => {
  it.each([
    ['Sunday', new Date(2026, 10, 22, 12, 30, 15), new Date(2026, 10, 23, 9)],
    ['Monday', new Date(2026, 10, 23, 8, 0, 0), new Date(2026, 10, 30, 9)],
    ['Saturday', new Date(2026, 10, 28, 8, 0, 0), new Date(2026, 10, 30, 9)],
  ])('finds the next Monday from a %s', (_day, now, monday) => {
    expect(usualTimes(now).nextWeek).toBe(monday.toISOString());
  });
  it('counts an hour from now and tomorrow from midnight', () => {
    const times = usualTimes(new Date(2026, 10, 30, 23, 30, 15));
    expect(times.hour).toBe(new Date(2026, 11, 1, 0, 30).toISOString());
    expect(times.tomorrow).toBe(new Date(2026, 11, 1, 9).toISOString());
  });
});
