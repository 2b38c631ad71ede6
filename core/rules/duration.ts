import { parseDurationText } from '../fields/duration-text.ts';

/**
 * Milliseconds of a duration in a definition: `15m`, `2h`, `1d`, `-30d`, `1w`, `1h30m`, or ISO 8601 `PT15M`. A day has 24
 * hours. Throws an Error whose message says what is taken.
 */
export function parseDuration(text: string): number {
  const duration = parseDurationText(text);
  if (duration === undefined) {
    throw new Error(`"${text}" is no duration: write something like 15m, 2h, 1d, -30d, 1h30m or PT15M.`);
  }
  return duration;
}
