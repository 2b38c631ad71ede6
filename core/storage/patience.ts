import { CasementError } from '../errors.ts';

/**
 * Breaks the work off when it takes longer than `ms`; without a limit it just runs. Answers only after the breaking off is over, so that
 * it cannot hit what the same connection does next.
 */
export async function withPatience<T>(
  ms: number | undefined,
  work: () => Promise<T>,
  breakOff: () => Promise<void>,
): Promise<T> {
  if (ms === undefined) return work();
  let breaking: Promise<void> | undefined;
  const timer = setTimeout(() => (breaking = breakOff().catch(() => undefined)), ms);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    await breaking;
  }
}

/** What the caller of a statement that was broken off is told: the database is well, the question is too much. */
export function tooSlow(cause: Error): CasementError {
  return new CasementError(
    'VALIDATION',
    'This takes the database too long to find out. Ask for less: a narrower filter, fewer fields or groups.',
    { cause },
  );
}
