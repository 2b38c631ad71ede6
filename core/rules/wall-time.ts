import type { Temporal } from 'temporal-polyfill';

/**
 * The instant, in ms, at which clocks in an IANA zone show this. A time that the spring change skips means the end of the gap, the next minute
 * there is; one that the autumn change repeats means its first pass, so that it comes once.
 */
export function instantOfWall(wall: Temporal.PlainDateTime, zone: string): number {
  const at = wall.toZonedDateTime(zone);
  const isSkipped = !at.toPlainDateTime().equals(wall);
  // The previous change is looked for strictly before; a skipped minute may land exactly on the end of the gap.
  const gapEnd = isSkipped ? at.add({ milliseconds: 1 }).getTimeZoneTransition('previous') : at;
  return (gapEnd ?? at).epochMilliseconds;
}
