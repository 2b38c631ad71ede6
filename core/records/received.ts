import type { Context, Transaction } from '../context.ts';
import type { ReceivedBy } from '../definitions/model.ts';
import type { RecordData } from '../fields/field-type.ts';

export type { ReceivedBy } from '../definitions/model.ts';

/** Something that came from outside and has been taken. */
export interface Received {
  readonly by: ReceivedBy;
  /** Which form, mailbox, line or hook of its kind: a key such as `siteRequest`. */
  readonly name: string;
  /** The same for the same thing at every try and for no other, such as a Message-ID: a repetition sets no rule off again. At most 200 characters. */
  readonly key: string;
  /** The records it was made into or found, at most one of an entity: a rule that names one of these entities runs for that record. */
  readonly records: readonly { readonly entity: string; readonly id: string }[];
  /** What came, as rules may name it: `received.data.subject`. Plain JSON; at most 64 KiB of text, the rest is for files. */
  readonly data: RecordData;
}

/**
 * The door that whatever takes things from outside calls, once, in the transaction that keeps what came: rules with the trigger `received`
 * follow it as jobs of that transaction. Nothing is sent and nothing fails here because of a rule.
 * Answers the root of what follows, for who waits for it (`jobs.settle`); null when no rule follows.
 */
export interface ReceivedDoor {
  received(ctx: Context & { readonly tx: Transaction }, what: Received): Promise<string | null>;
}
