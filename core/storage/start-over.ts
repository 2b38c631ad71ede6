/**
 * What a piece of work had found out before it waited for a lock no longer holds, and what it holds cannot be given back one by one: the whole
 * transaction is taken back and its work begun anew. No error of anybody's; it never leaves `Database.transaction` as it is.
 */
export class StartOverError extends Error {
  override readonly name = 'StartOverError';

  constructor() {
    super('Somebody else changed what this transaction was about to lock.');
  }
}
