import { systemClock } from '../context.ts';
import type { Clock, SqlFragment } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';

/** What leases are measured by. Not what jobs are due by: that is always the clock of the process. */
export interface LeaseClock {
  /** Whether it is the clock of the database: a jump of ours then changes nothing. */
  readonly isShared: boolean;
  now(): SqlFragment;
  /** The end of a lease that begins now. */
  until(leaseMs: number): SqlFragment;
}

const DATABASE_NOW = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`;

/**
 * Several processes over one PostgreSQL go by its clock: one whose own clock is ahead would take the others' jobs for abandoned. Where there is
 * one process, or a test turns the clock, it is the clock of the process.
 */
export function leaseClock(db: Pick<Database, 'dialect'>, clock: Clock): LeaseClock {
  const isShared = db.dialect === 'postgres' && clock === systemClock;
  const now = () => (isShared ? DATABASE_NOW : sql`CAST(${Math.floor(clock.now())} AS bigint)`);
  return { isShared, now, until: (leaseMs) => sql`${now()} + ${leaseMs}` };
}
