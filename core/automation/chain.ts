import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { JobQueue } from '../jobs/types.ts';
import { JOB_KIND, readJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';

/** Rules may answer one another so many times; then it is a loop. */
const DEEPEST = 10;

/** Stops a chain of rules that does not end by itself, naming the rules in their order. */
export async function refuseLoop(jobs: Pick<JobQueue, 'listJobs'>, job: AutomationJob): Promise<void> {
  if (job.depth < DEEPEST) return;
  const rows = await jobs.listJobs({ root: job.root, limit: 1_000 });
  const links = new Map<string, AutomationJob>();
  for (const row of rows) {
    if (row.kind !== JOB_KIND) continue;
    const link = readJob(row.payload);
    links.set(`${link.rule}:${link.change}`, link);
  }
  const chain = [job.rule];
  for (let link: AutomationJob | undefined = job; link?.cause && chain.length <= DEEPEST;) {
    chain.unshift(link.cause.rule);
    link = links.get(`${link.cause.rule}:${link.cause.change}`);
  }
  const path = chain.join(' → ');
  throw new PermanentJobError(
    `Stopped after ${DEEPEST} rules in a row: ${path}. They set one another off; give one of them a condition that stops the circle.`,
  );
}
