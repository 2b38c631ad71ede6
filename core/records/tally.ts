import type { Change } from './types.ts';
import type { WriteDeps } from './write-scope.ts';

/** Write dependencies that also note every change that comes to pass through them, in its order. */
export interface Tally {
  readonly deps: WriteDeps;
  /** The changes since the last call, that of the record itself and those that went with it. */
  take(): readonly Change[];
}

export function tallied(deps: WriteDeps): Tally {
  const noted: Change[] = [];
  return {
    deps: {
      ...deps,
      ledger: {
        ...deps.ledger,
        async append(ctx, tx, change, on) {
          const made = await deps.ledger.append(ctx, tx, change, on);
          noted.push(made);
          return made;
        },
        async appendAll(ctx, tx, changes, on) {
          const made = await deps.ledger.appendAll(ctx, tx, changes, on);
          noted.push(...made);
          return made;
        },
      },
    },
    take: () => noted.splice(0),
  };
}
