import type { Clock, Context, Log, Principal } from '../context.ts';
import type { Automation } from '../definitions/model.ts';
import type { JobQueue, JobRun } from '../jobs/types.ts';
import type { Records } from '../records/types.ts';
import type { Database } from '../storage/database.ts';
import type { ActionType } from './action-type.ts';
import type { AutomationJob } from './automation-job.ts';
import type { Money } from './conditions.ts';
import type { RenderText } from './step-input.ts';
import type { OrganisationSettings } from './timers.ts';

export interface RunDeps {
  readonly db: Pick<Database, 'dialect'>;
  readonly records: Records;
  readonly jobs: Pick<JobQueue, 'listJobs'>;
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
  readonly job: AutomationJob;
  readonly ctx: Context;
  /** The instant the deadlines of its steps count from. */
  readonly base: number;
}
