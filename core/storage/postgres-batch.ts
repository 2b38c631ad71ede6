import type { Connection } from 'pg';
import { postgresTypes } from './postgres-types.ts';

/** A statement as one connection knows it: prepared under a name, and how its answer is read. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
  isParsed: boolean;
  /** Columns of the answer; undefined until the server has described them. */
  columns?: readonly Column[];
}

interface Column {
  readonly name: string;
  readonly read: (text: string) => unknown;
}

/** One statement of a batch, and who waits for it. */
export interface Ask {
  readonly prepared: Prepared;
  readonly values: readonly (string | Buffer | null)[];
  /** `tag` is what the server calls what it has done, such as `UPDATE 1`. */
  answered(rows: readonly Readonly<Record<string, unknown>>[], tag: string): void;
  /** Told to the statement that failed and to all behind it, which the server has passed over. */
  failed(error: Error): void;
}

interface Described {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/**
 * Statements sent together and answered together: one way to the server and back, however many they are. What follows a failed one is not run.
 * A query of its own kind, as the driver takes it (`Submittable`).
 */
export class Batch {
  readonly #asks: readonly Ask[];
  readonly #sentParse = new Set<Prepared>();
  readonly #ended: () => void;
  #at = 0;
  #rows: Record<string, unknown>[] = [];

  /** `ended` once the connection is free again, or lost. */
  constructor(asks: readonly Ask[], ended: () => void) {
    this.#asks = asks;
    this.#ended = ended;
  }

  submit(connection: Connection): void {
    const pieces: Uint8Array[] = [];
    const message = messageOf(connection, pieces);
    for (const { prepared, values } of this.#asks) {
      const { name, text } = prepared;
      if (!prepared.isParsed) {
        message.parse({ name, text, types: [] }, true);
        prepared.isParsed = true;
        this.#sentParse.add(prepared);
      }
      message.bind({ portal: '', statement: name, values: [...values], binary: '' }, true);
      if (!prepared.columns) message.describe({ type: 'P', name: '' }, true);
      message.execute({ portal: '', rows: '' }, true);
    }
    message.sync();
    if (connection.stream.writable) connection.stream.write(Buffer.concat(pieces));
  }

  handleRowDescription({ fields }: Described): void {
    const ask = this.#asks[this.#at];
    if (!ask) return;
    ask.prepared.columns = fields.map(({ name, dataTypeID }) => {
      return { name, read: postgresTypes.getTypeParser(dataTypeID, 'text') };
    });
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const columns = this.#asks[this.#at]?.prepared.columns ?? [];
    const row: Record<string, unknown> = {};
    for (let index = 0; index < columns.length; index += 1) {
      const { name, read } = columns[index]!;
      const text = fields[index] ?? null;
      row[name] = text === null ? null : read(text);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    this.#answer(text);
  }

  handleEmptyQuery(): void {
    this.#answer('');
  }

  handleReadyForQuery(): void {
    this.#ended();
  }

  handleError(error: Error): void {
    const rest = this.#asks.slice(this.#at);
    this.#at = this.#asks.length;
    // Whether the first of them was parsed cannot be told: it gets another name, and so do those that were not.
    for (const { prepared } of rest) if (this.#sentParse.has(prepared)) prepared.isParsed = false;
    for (const ask of rest) ask.failed(error);
    this.#ended();
  }

  handlePortalSuspended(): void {
    // No statement here asks for a part of its rows.
  }

  handleCopyInResponse(connection: Connection & { sendCopyFail?(reason: string): void }): void {
    connection.sendCopyFail?.('Nothing is copied in here.');
  }

  #answer(tag: string): void {
    const ask = this.#asks[this.#at];
    this.#at += 1;
    const rows = this.#rows;
    this.#rows = [];
    if (!ask) return;
    ask.prepared.columns ??= [];
    ask.answered(rows, tag);
  }
}

/** The driver writes each part of a message by itself; here the parts are collected, since many small ones cost the kernel more than one. */
function messageOf(connection: Connection, pieces: Uint8Array[]): Connection {
  const stream = { writable: true, write: (piece: Uint8Array) => pieces.push(piece) };
  return Object.create(connection, { stream: { value: stream } }) as Connection;
}
