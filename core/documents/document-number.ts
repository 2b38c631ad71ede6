import type { Transaction } from '../context.ts';
import { nextNumber } from '../records/sequence.ts';
import type { Database } from '../storage/database.ts';

/** What a document's number counts: one count per template and period of its pattern. */
export interface Numbering {
  readonly name: string;
  readonly pattern: string;
  /** `YYYY-MM-DD` of the document. */
  readonly date: string;
}

class Peeked extends Error {}

/** The number that the next document would get, without taking it. */
export async function peekNumber(db: Database, numbering: Numbering): Promise<string> {
  let number = '';
  const rollback = new Peeked();
  await db
    .transaction(async (tx) => {
      number = await nextNumber(tx, numbering);
      throw rollback;
    })
    .catch((error: unknown) => {
      if (error !== rollback) throw error;
    });
  return number;
}

/** Takes the number inside the transaction of the document. False when somebody else took it since it was printed. */
export async function takeNumber(tx: Transaction, numbering: Numbering, printed: string): Promise<boolean> {
  return (await nextNumber(tx, numbering)) === printed;
}
