import type { FilterPlace } from '../rules/condition.ts';
import type { ConditionEnv } from './query.ts';

/** A value of the sort keys of a row, as it stands in a cursor. */
export type KeyValue = string | number | null;

/** What may differ between two runs of one compiled selection. */
export interface GivenValues {
  readonly id?: string;
  readonly after?: readonly KeyValue[];
  /** The caller's filter, as he sent it. */
  readonly filter?: unknown;
  readonly env: ConditionEnv;
}

/** How a value is asked for when the statement is run. */
export type ReadGiven<T> = (given: GivenValues) => T;

/**
 * A place for a value in a compiled statement. `sample` is the value it was compiled with; whatever the compiling decided by it holds for all
 * values of the same form.
 */
export class Slot<T = unknown> {
  readonly sample: T;
  /** The place among the values asked for. */
  readonly index: number;
  private readonly change: (value: unknown) => T;
  constructor(sample: T, index: number, change: (value: unknown) => T) {
    this.sample = sample;
    this.index = index;
    this.change = change;
  }

  map<R>(next: (value: T) => R): Slot<R> {
    return new Slot(next(this.sample), this.index, (value) => next(this.change(value)));
  }

  /** Throws OtherForm when the statement was not compiled for such a value. */
  valueOf(asked: unknown): T {
    const value = this.change(asked);
    if (!sameForm(value, this.sample)) throw new OtherForm();
    return value;
  }
}

export type Given<T> = T | Slot<T>;

export function sampleOf<T>(value: Given<T>): T {
  return value instanceof Slot ? value.sample : value;
}

export function mapGiven<T, R>(value: Given<T>, change: (value: T) => R): Given<R> {
  return value instanceof Slot ? value.map(change) : change(value);
}

/** The values of this run are of another form than those the statement was compiled with. */
export class OtherForm extends Error {}

/** Collects the values that a compilation asks for, whether or not they come to stand in the statement: by each of them it may have decided. */
export class Slots {
  private readonly asked: { readonly sample: unknown; readonly read: ReadGiven<unknown> }[] = [];
  /** Places of the caller's filter that are asked for anew at each run. */
  readonly places: FilterPlace[] = [];

  add<T>(sample: T, read: ReadGiven<T>, at?: FilterPlace): Slot<T> {
    this.asked.push({ sample, read });
    if (at) this.places.push(at);
    return new Slot(sample, this.asked.length - 1, (value) => value as T);
  }

  /** The statement's values for another run; throws OtherForm when it must be compiled anew, and what a value's type says of it. */
  fill(values: readonly unknown[], given: GivenValues): readonly unknown[] {
    const read = this.asked.map((one) => {
      const value = one.read(given);
      if (!sameForm(value, one.sample)) throw new OtherForm();
      return value;
    });
    return values.map((value) => (value instanceof Slot ? value.valueOf(read[value.index]) : value));
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What the compiling may look at: nothing, one or several; text, number or 64 bits; whether it could be an id. */
function sameForm(a: unknown, b: unknown): boolean {
  if (typeof a !== typeof b || (a === null) !== (b === null) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (typeof a === 'string') return UUID.test(a) === UUID.test(b as string);
  if (typeof a === 'boolean') return a === b;
  if (!Array.isArray(a) || !Array.isArray(b)) return true;
  return Math.min(a.length, 2) === Math.min(b.length, 2) && a.every(isUuid) === b.every(isUuid);
}

function isUuid(value: unknown): boolean {
  return typeof value === 'string' && UUID.test(value);
}
