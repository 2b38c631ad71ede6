import type { Transaction } from '../context.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import type { JobQueue } from '../jobs/types.ts';
import { JOB_KIND, readJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';
import { countInChain, countSince } from './run-log.ts';

/** Rules may answer one another so many times; then it is a loop. */
const DEEPEST = 10;
/** From this depth on a chain may hold so many runs in all: rules that each set off several others. */
const WIDE_FROM = 4;
const WIDEST = 1_000;
/** One rule for one record; a loop that goes round outside, by a receiver that writes back, has no depth. */
const MOST_AN_HOUR = 500;
const HOUR = 3_600_000;

/** A chain of rules that does not end by itself was cut off; the message names them. */
export class LoopError extends PermanentJobError {
  constructor(message: string) {
    super(message);
    this.name = 'LoopError';
  }
}

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
  throw new LoopError(
    `Stopped after ${DEEPEST} rules in a row: ${path}. They set one another off; give one of them a condition that stops the circle.`,
  );
}

/** Stops rules that multiply, or that come back to the same record again and again. */
export async function refuseFlood(tx: Transaction, job: AutomationJob, now: number): Promise<void> {
  const { rule, entity, record, root, depth, progress } = job;
  if (progress) return;
  if (depth >= WIDE_FROM && (await countInChain(tx, { root, depth: WIDE_FROM })) >= WIDEST)
    throw new LoopError(
      `Stopped: what began with one change has set off ${WIDEST} rules of rules. Rule ${rule} is one of them; give them conditions that stop the circle.`,
    );
  if (entity === null || record === null) return;
  if ((await countSince(tx, { entity, record, rule, since: now - HOUR })) < MOST_AN_HOUR) return;
  throw new LoopError(
    `Stopped: rule ${rule} has run ${MOST_AN_HOUR} times within an hour for ${entity} ${record}. Something it sets off comes back to it.`,
  );
}
