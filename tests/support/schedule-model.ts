import { nextTime } from '../../core/rules/cron.ts';

const MINUTE = 60_000;

/** Both changes of the clock in three zones: an hour in the night, an hour on the other side of the ocean, and half an hour. */
export const CHANGES = [
  { zone: 'Europe/Berlin', days: ['2026-03-29', '2026-10-25'] },
  { zone: 'America/New_York', days: ['2026-03-08', '2026-11-01'] },
  { zone: 'Australia/Lord_Howe', days: ['2026-04-05', '2026-10-04'] },
] as const;

/** A minute of wall time as a number that counts as if it were UTC. */
type Wall = number;

/** What clocks in a zone show around a day. */
export interface ShownMinutes {
  readonly from: number;
  readonly to: number;
  readonly shown: readonly (readonly [instant: number, wall: Wall])[];
  /** The first instant that shows it. */
  readonly firsts: ReadonlyMap<Wall, number>;
}

/** Found out by asking the platform for each minute of three and a half days. */
export function minutesAround(zone: string, day: string): ShownMinutes {
  const format = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
    ...{ hour: '2-digit', minute: '2-digit' },
  });
  const from = Date.parse(`${day}T00:00:00Z`) - 36 * 60 * MINUTE;
  const shown = Array.from({ length: 84 * 60 }, (_, index) => {
    const instant = from + index * MINUTE;
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const text = `${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:00Z`;
    return [instant, Date.parse(text)] as const;
  });
  const firsts = new Map<Wall, number>();
  for (const [instant, wall] of shown) if (!firsts.has(wall)) firsts.set(wall, instant);
  return { from, to: shown.at(-1)?.[0] ?? from, shown, firsts };
}

/** The model, with nothing in common with the code: every minute of wall time that fits, at the first instant that shows it or, in a gap, a later one. */
export function expectedRuns({ shown, firsts }: ShownMinutes, cron: string): readonly number[] {
  const [minute = '', hour = '', , , weekday = ''] = cron.split(' ');
  const fits = [allowed(minute, 60), allowed(hour, 24), allowed(weekday, 7)] as const;
  const found = new Set<number>();
  const last = shown.at(-1)?.[1] ?? 0;
  for (let wall = shown[0]?.[1] ?? 0; wall <= last; wall += MINUTE) {
    const minutes = wall / MINUTE;
    // The first of January 1970 was a Thursday.
    const isOn = fits[0].has(minutes % 60) && fits[1].has(Math.floor(minutes / 60) % 24);
    if (!isOn || !fits[2].has((Math.floor(minutes / 1_440) + 4) % 7)) continue;
    const at = firsts.get(wall) ?? shown.find((pair) => pair[1] > wall)?.[0];
    if (at !== undefined) found.add(at);
  }
  return [...found].sort((a, b) => a - b);
}

function allowed(part: string, of: number): ReadonlySet<number> {
  const all = Array.from({ length: of }, (_, value) => value);
  if (part === '*') return new Set(all);
  if (part.startsWith('*/')) return new Set(all.filter((value) => value % Number(part.slice(2)) === 0));
  return new Set(part.split(',').map(Number));
}

/** 400 rules that come often around the changes. */
export const RULES: readonly string[] = Array.from({ length: 400 }, (_, index) => {
  const minutes = ['0', '15', '30', '45', '1', '59', '0,30', '*/15', '*/20', '29'][index % 10];
  const hours = ['*', '0', '1', '2', '3', '1,2', '2,3', '*/2', '23', '0,1,2,3'][Math.floor(index / 10) % 10];
  const weekdays = ['*', '0', '6,0', '1,2,3,4,5'][Math.floor(index / 100)];
  return `${minutes} ${hours} * * ${weekdays}`;
});

/** Rules that come at other instants than the model says. */
export function differences(zone: string, day: string, rules: readonly string[]): readonly string[] {
  const minutes = minutesAround(zone, day);
  return rules.filter((cron) => {
    const found: number[] = [];
    let at = nextTime({ cron, zone }, minutes.from - 1);
    for (; at !== null && at <= minutes.to; at = nextTime({ cron, zone }, at)) found.push(at);
    return JSON.stringify(found) !== JSON.stringify(expectedRuns(minutes, cron));
  });
}
