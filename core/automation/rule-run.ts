import type { Clock, Context, Log, Principal } from '../context.ts';
import type { Automation, Step } from '../definitions/model.ts';
import type { JobQueue, JobRun } from '../jobs/types.ts';
import type { Records } from '../records/types.ts';
import type { Database } from '../storage/database.ts';
import type { ActionType } from './action-type.ts';
import type { AutomationJob, Subject } from './automation-job.ts';
import type { Money } from './conditions.ts';
import type { RunLine } from './run-log.ts';
import type { RenderText } from './step-input.ts';
import type { OrganisationSettings } from './timers.ts';

export interface RunDeps {
  readonly db: Pick<Database, 'dialect' | 'transaction' | 'read'>;
  readonly records: Records;
  readonly jobs: Pick<JobQueue, 'listJobs' | 'enqueue'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly organisation: () => OrganisationSettings & Money;
  /** By name; built-in ones and those of packages. */
  readonly actions: ReadonlyMap<string, ActionType>;
  readonly principalOf: (user: string) => Promise<Principal>;
  readonly renderText: RenderText;
}

/** One try of one rule's job. */
export interface RuleRun {
  readonly deps: RunDeps;
  readonly run: JobRun;
  readonly rule: Automation;
  /** The rule's steps, or those of the `each` this is one record of. */
  readonly steps: readonly Step[];
  /** What values may name of the record beside its own fields. */
  readonly load: readonly string[];
  readonly job: AutomationJob;
  /** The record it is about; null where the rule has none. */
  readonly subject: Subject | null;
  readonly ctx: Context;
  /** The instant the deadlines of its steps count from. */
  readonly base: number;
  /** What was said since the last commit. */
  readonly lines: RunLine[];
}

/** A line for people: in the run log and in the log of the job. */
export function say({ run, lines, deps }: RuleRun, line: Omit<RunLine, 'at'>): void {
  run.log(line);
  lines.push({ at: deps.clock.now(), ...line });
}

/** The job the whole run began with: it outlives a `wait`. */
export function runKey({ run, job }: Pick<RuleRun, 'run' | 'job'>): string {
  return job.run ?? run.job.key;
}
