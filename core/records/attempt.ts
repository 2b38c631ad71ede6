import type { Transaction } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { ErrorCode } from '../errors.ts';
import type { WriteContext } from './write-scope.ts';

/** Of the database or of this program, not of the record: going on with the next record would be wrong. */
const NOT_OF_THE_RECORD: ReadonlySet<ErrorCode> = new Set(['UNAVAILABLE', 'INTERNAL']);

/** Whether the error says no to this one record, so that others may still be written. */
export function isRefusal(error: unknown): error is CasementError {
  return error instanceof CasementError && !NOT_OF_THE_RECORD.has(error.code);
}

/** Does the work by itself inside the transaction; a refusal is answered, and nothing of the work stays. */
export async function attempt<T>(
  ctx: WriteContext,
  work: (ctx: WriteContext) => Promise<T>,
): Promise<{ readonly done: T } | { readonly refused: CasementError }> {
  try {
    return { done: await ctx.tx.savepoint((tx) => work({ ...ctx, tx })) };
  } catch (error) {
    if (isRefusal(error)) return { refused: error };
    throw error;
  }
}

/** Does the work inside the transaction and takes all of it back, whatever it answers. */
export async function rehearse<T>(tx: Transaction, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const answers: T[] = [];
  const curtain = new Error('A rehearsal leaves nothing.');
  await tx
    .savepoint(async (inner) => {
      answers.push(await work(inner));
      throw curtain;
    })
    .catch((error: unknown) => {
      if (error !== curtain) throw error;
    });
  return answers[0]!;
}
