import type { Jobs } from '../jobs/types.ts';
import { createTextRenderer } from '../rules/render-text.ts';
import { JOB_KIND } from './automation-job.ts';
import { createMatcher } from './match.ts';
import type { RunDeps } from './rule-run.ts';
import { createRunner } from './run.ts';

export interface AutomationDeps extends Omit<RunDeps, 'renderText' | 'jobs'> {
  readonly jobs: RunDeps['jobs'] & Pick<Jobs, 'handle' | 'enqueue' | 'cancel'>;
}

/** Lets the model's rules follow every change: matched inside the write, run as jobs. To be called once, before the jobs start. */
export function createAutomation(deps: AutomationDeps): void {
  const { records, organisation, jobs, clock, log } = deps;
  const model = () => records.model();
  records.observe(createMatcher({ model, organisation, jobs, clock, log }));
  jobs.handle(JOB_KIND, createRunner({ ...deps, renderText: createTextRenderer().render }));
}
