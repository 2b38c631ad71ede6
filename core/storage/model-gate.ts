/** This process holds an older model than the database: nothing may be written under it. */
export class BehindError extends Error {
  constructor() {
    super('The definitions were changed by another process.');
    this.name = 'BehindError';
  }
}

/** Stands before every transaction, so that none is run under definitions that are no longer those of now. */
export interface ModelGate {
  /** The epoch of the model that `enter` would pin now. */
  epoch(): number;
  /** Runs the work under the model of now, as far as this process knows it. */
  enter<T>(work: () => Promise<T>): Promise<T>;
  /** After BehindError: fetches the model of now. The transaction is then run again. */
  catchUp(): Promise<void>;
}

export interface TransactionOptions {
  /**
   * No other transaction of any process runs beside this one, and none begins before it has ended: for changes of the tables and of the model.
   * It does not pass the gate.
   */
  readonly alone?: boolean;
}
