import { CasementError } from '../errors.ts';
import type { Jobs } from '../jobs/types.ts';
import type { RecordsService } from '../records/create-records.ts';
import type { ReceivedDoor } from '../records/received.ts';
import { createTextRenderer } from '../rules/render-text.ts';
import { JOB_KIND } from './automation-job.ts';
import { createButtons } from './buttons.ts';
import type { Buttons } from './buttons.ts';
import { createScheduleKeeper, skipSchedule } from './keep-schedules.ts';
import type { ScheduleKeeper } from './keep-schedules.ts';
import { describeActions } from './describe-rules.ts';
import type { ActionInfo } from './describe-rules.ts';
import { createMatcher } from './match.ts';
import { tryRule } from './past/try-rule.ts';
import type { TryReport } from './past/try-rule.ts';
import { createReceivedDoor } from './received.ts';
import type { RunDeps } from './rule-run.ts';
import { countRuns, findRun, forgetRuns, listRuns } from './run-log.ts';
import type { RunInfo, RunQuery, RunState } from './run-log.ts';
import { createRunner } from './run.ts';

export interface AutomationDeps extends Omit<RunDeps, 'renderText' | 'jobs'> {
  readonly records: RecordsService;
  readonly jobs: RunDeps['jobs'] & Pick<Jobs, 'handle' | 'enqueue' | 'cancel'>;
}

export interface TryRequest {
  readonly rule: string;
  /** Milliseconds. */
  readonly since: number;
  readonly until?: number;
}

export interface AutomationService extends ReceivedDoor, Buttons, ScheduleKeeper {
  /** What rules have done, newest first. Who may look is checked by the door. */
  runs(query: RunQuery): Promise<{ readonly data: readonly RunInfo[]; readonly next: string | null }>;
  /** The run of a key that `press` has answered; null while it has not begun. */
  run(key: string): Promise<RunInfo | null>;
  /** By rule: how many of its runs of the last 30 days stand how. */
  counts(): Promise<ReadonlyMap<string, Readonly<Partial<Record<RunState, number>>>>>;
  /** What each action takes. */
  actions(): readonly ActionInfo[];
  /** What a rule would have done in the past. Reads with nobody's rights: who may ask is checked by the door. NOT_FOUND. */
  tryOut(request: TryRequest): Promise<TryReport>;
  /** Forgets runs that ended long ago. */
  sweep(): Promise<void>;
}

const KEPT = 180 * 86_400_000;
const COUNTED = 30 * 86_400_000;

/** Lets the model's rules follow every change: matched inside the write, run as jobs. To be called once, before the jobs start. */
export function createAutomation(deps: AutomationDeps): AutomationService {
  const { records, organisation, jobs, clock, log, db } = deps;
  const model = () => records.model();
  const { render: renderText } = createTextRenderer();
  records.observe(createMatcher({ model, organisation, jobs, clock, log }));
  jobs.handle(JOB_KIND, createRunner({ ...deps, renderText }), (tx, payload) => skipSchedule(deps, tx, payload));
  return {
    ...createReceivedDoor({ model, jobs, clock, log }),
    ...createScheduleKeeper({ db, records, jobs, clock, log, organisation }),
    ...createButtons({ db, records, organisation, jobs, clock }),
    runs: (query) => listRuns(db, query),
    run: (key) => findRun(db, key),
    counts: () => countRuns(db, clock.now() - COUNTED),
    actions: () => describeActions(deps.actions),
    async tryOut({ rule: name, since, until = clock.now() }) {
      const rule = model().automations.get(name);
      if (!rule) throw new CasementError('NOT_FOUND', 'There is no such rule.');
      return tryRule({ records, organisation, renderText }, { model: model(), rule, since, until });
    },
    sweep: () => db.transaction((tx) => forgetRuns(tx, clock.now() - KEPT)),
  };
}
