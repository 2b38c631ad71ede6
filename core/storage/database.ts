import type { SqlFragment, Transaction } from '../context.ts';
import type { ModelGate, TransactionOptions } from './model-gate.ts';

/** One database, of either dialect. The only door to SQL; made by `openDatabase`. */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres';
  /**
   * A read outside any transaction, on the readers' pool. Throws when called inside a transaction of the same async context. A statement
   * that runs longer than `patience` milliseconds is broken off: VALIDATION. UNAVAILABLE when no connection comes free in time.
   */
  read<Row = Record<string, unknown>>(sql: SqlFragment, patience?: number): Promise<Row[]>;
  /**
   * One transaction: `BEGIN IMMEDIATE` behind the write queue on SQLite; on PostgreSQL REPEATABLE work retried on 40001/40P01 (the
   * work must be repeatable). A second top-level one inside it throws at once. Contention ends as UNAVAILABLE, never as INTERNAL.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** From now on every transaction passes this gate. */
  guard(gate: ModelGate): void;
  /**
   * Reads that all see one moment, while writers go on: a connection of its own, neither the readers' pool nor the write queue. Only reads
   * are possible inside.
   */
  snapshot<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Tells the other processes (PostgreSQL NOTIFY) and this one. `topic` is a word, `payload` under 7,000 bytes. */
  publish(tx: Transaction, topic: string, payload: string): Promise<void>;
  /** The payload is empty after the way to other processes was lost: any message may have been missed. Answers how to stop. */
  subscribe(topic: string, listener: (payload: string) => void): () => void;
  close(): Promise<void>;
}
