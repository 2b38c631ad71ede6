import { CasementError } from '../errors.ts';

export type Kind = 'read' | 'write';

interface Waiting {
  readonly kind: Kind;
  /** The how manieth it is. */
  readonly number: number;
  readonly enter: () => void;
}

export interface FairGateOptions {
  /** Places in all. */
  readonly size: number;
  /** Milliseconds somebody waits before he is refused. */
  readonly longestWait: number;
  /** What he is told. */
  readonly message: string;
}

/** A place among a limited number: in the order of arrival, but of each kind only so many that the other never stands still. */
export interface FairGate {
  /** Does the work once there is a place. UNAVAILABLE after too long a wait, and at once where too many wait. */
  pass<T>(kind: Kind, work: () => Promise<T>): Promise<T>;
}

/** Nobody behind so many would get his turn in time. */
const MOST_WAITING = 5000;

export function createFairGate({ size, longestWait, message }: FairGateOptions): FairGate {
  const kept = Math.min(Math.floor(size / 3), size - 1);
  const inside: Record<Kind, number> = { read: 0, write: 0 };
  const waiting: Record<Kind, Set<Waiting>> = { read: new Set(), write: new Set() };
  let arrivals = 0;

  const hasPlace = (kind: Kind) => inside.read + inside.write < size && inside[kind] < size - kept;
  /** The one who came first of those there is a place for. */
  const next = (): Waiting | undefined => {
    const first = (kind: Kind) => (hasPlace(kind) ? waiting[kind].values().next().value : undefined);
    const read = first('read');
    const write = first('write');
    if (!read || !write) return read ?? write;
    return read.number < write.number ? read : write;
  };
  const admit = () => {
    for (let one = next(); one; one = next()) {
      waiting[one.kind].delete(one);
      inside[one.kind] += 1;
      one.enter();
    }
  };
  const queue = (kind: Kind) =>
    new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        waiting[kind].delete(one);
        reject(new CasementError('UNAVAILABLE', message));
      };
      const timer = setTimeout(giveUp, longestWait);
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      arrivals += 1;
      const one: Waiting = { kind, number: arrivals, enter };
      waiting[kind].add(one);
    });
  return {
    async pass(kind, work) {
      if (waiting[kind].size === 0 && hasPlace(kind)) inside[kind] += 1;
      else if (waiting.read.size + waiting.write.size >= MOST_WAITING) throw new CasementError('UNAVAILABLE', message);
      else await queue(kind);
      try {
        return await work();
      } finally {
        inside[kind] -= 1;
        admit();
      }
    },
  };
}
