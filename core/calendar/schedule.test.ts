import { describe, expect, it } from 'vitest';
import { nextOccurrence, scheduleProblem } from './schedule.ts';

const MINUTE = 60_000;

/** Both changes of the clock in three zones: an hour in the night, an hour on the other side of the ocean, and half an hour. */
const CHANGES = [
  { zone: 'Europe/Berlin', days: ['2026-03-29', '2026-10-25'] },
  { zone: 'America/New_York', days: ['2026-03-08', '2026-11-01'] },
  { zone: 'Australia/Lord_Howe', days: ['2026-04-05', '2026-10-04'] },
];

/** A minute of wall time as a number that counts as if it were UTC. */
type Wall = number;

/** What clocks in the zone show at each minute of three days, found out by asking the platform for each of them. */
function minutesAround(zone: string, day: string): readonly (readonly [instant: number, wall: Wall])[] {
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit' },
  });
  const from = Date.parse(`${day}T00:00:00Z`) - 36 * 60 * MINUTE;
  return Array.from({ length: 84 * 60 }, (_, index) => {
    const instant = from + index * MINUTE;
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const text = `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:00Z`;
    return [instant, Date.parse(text)];
  });
}

/** The model, with nothing in common with the code: every minute of wall time that fits, at the first instant that shows it or, in a gap, a later one. */
function expected(minutes: ReturnType<typeof minutesAround>, cron: string): readonly number[] {
  const firsts = new Map<Wall, number>();
  for (const [instant, wall] of minutes) if (!firsts.has(wall)) firsts.set(wall, instant);
  const walls = [...firsts.keys()];
  const found = new Set<number>();
  for (let wall = Math.min(...walls); wall <= Math.max(...walls); wall += MINUTE) {
    if (!fits(cron, new Date(wall))) continue;
    const at = firsts.get(wall) ?? minutes.find(([, shown]) => shown > wall)?.[0];
    if (at !== undefined) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

function fits(cron: string, wall: Date): boolean {
  const [minute = '', hour = '', , , weekday = ''] = cron.split(' ');
  return has(minute, wall.getUTCMinutes()) && has(hour, wall.getUTCHours()) && has(weekday, wall.getUTCDay());
}

function has(part: string, value: number): boolean {
  if (part.startsWith('*/')) return value % Number(part.slice(2)) === 0;
  return part === '*' || part.split(',').map(Number).includes(value);
}

/** 400 rules that come often around the changes. */
const RULES = Array.from({ length: 400 }, (_, index) => {
  const minutes = ['0', '15', '30', '45', '1', '59', '0,30', '*/15', '*/20', '29'][index % 10];
  const hours = ['*', '0', '1', '2', '3', '1,2', '2,3', '*/2', '23', '0,1,2,3'][Math.floor(index / 10) % 10];
  const weekdays = ['*', '0', '6,0', '1,2,3,4,5'][Math.floor(index / 100)];
  return `${minutes} ${hours} * * ${weekdays}`;
});

describe('schedules', () => {
  it.each(CHANGES)(
    'hold wall time over both changes in $zone; a gap means its end, a repeated minute comes once (R-51, G6)',
    ({ zone, days }) => {
      for (const day of days) {
        const minutes = minutesAround(zone, day);
        const [from = 0, to = 0] = [minutes[0]?.[0], minutes.at(-1)?.[0]];
        const differences = RULES.filter((cron) => {
          const found: number[] = [];
          for (
            let at = nextOccurrence({ cron, zone }, from - 1);
            at !== null && at <= to;
            at = nextOccurrence({ cron, zone }, at)
          )
            found.push(at);
          return JSON.stringify(found) !== JSON.stringify(expected(minutes, cron));
        });
        expect([zone, day, differences]).toEqual([zone, day, []]);
      }
    },
  );

  it('come once, late, after a week of silence: the next one is counted from now (R-50)', () => {
    const daily = { cron: '0 9 * * *', zone: 'Europe/Tallinn' };
    const monday = Date.parse('2026-03-02T12:00:00Z');
    expect(new Date(nextOccurrence(daily, monday) ?? 0).toISOString()).toBe('2026-03-03T07:00:00.000Z');
    expect(new Date(nextOccurrence(daily, monday + 7 * 86_400_000) ?? 0).toISOString()).toBe(
      '2026-03-10T07:00:00.000Z',
    );
  });

  it('know the last day of February, and never the thirtieth', () => {
    const leap = nextOccurrence({ cron: '0 0 29 2 *', zone: 'UTC' }, Date.parse('2026-01-01T00:00:00Z'));
    expect(new Date(leap ?? 0).toISOString()).toBe('2028-02-29T00:00:00.000Z');
    expect(scheduleProblem('0 0 30 2 *')).toContain('never comes');
  });

  it.each(['', '* * *', '0 9 * * * *', '61 * * * *', 'tomorrow', '@daily', '0 9 * * mo'])('refuse %j', (cron) => {
    expect(scheduleProblem(cron)).toContain('is no schedule');
  });
});
