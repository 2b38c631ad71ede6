const FIRST = 1_000;
const LONGEST = 3_600_000;

/** Milliseconds until the next try after `attempt` failed tries (from 1): 1 s, 2 s, 4 s … at most an hour. */
export function backOff(attempt: number): number {
  return Math.min(LONGEST, FIRST * 2 ** Math.min(attempt - 1, 30));
}
