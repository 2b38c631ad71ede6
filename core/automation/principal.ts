import { asSystem } from '../context.ts';
import type { Context, Principal } from '../context.ts';
import type { Automation } from '../definitions/model.ts';
import { PermanentJobError } from '../jobs/permanent-error.ts';
import { subjectOf } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';
import { loadRecord } from './load-record.ts';
import { idOf } from './people.ts';
import type { RunDeps } from './rule-run.ts';

const NOBODY: Principal = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] };

/** The rule with the system's rights; with the chain of causes of a job. */
export function systemContext(
  deps: Pick<RunDeps, 'clock' | 'log' | 'organisation'>,
  rule: Automation,
  job?: AutomationJob,
): Context {
  const { clock, log } = deps;
  const bare: Context = {
    principal: NOBODY,
    door: 'automation',
    clock,
    log,
    locale: deps.organisation().language,
    ...(job ? { cause: { change: job.change, root: job.root, depth: job.depth + 1, rule: rule.name } } : {}),
  };
  return asSystem(bare, `rule ${rule.name}`);
}

/** The rule as the principal it declares. */
export async function contextOf(deps: RunDeps, rule: Automation, job: AutomationJob): Promise<Context> {
  const system = systemContext(deps, rule, job);
  if (rule.as === 'system') return system;
  return { ...system, principal: await deps.principalOf(await personOf(deps, { system, rule, job })) };
}

interface Asked {
  readonly system: Context;
  readonly rule: Automation;
  readonly job: AutomationJob;
}

async function personOf(deps: RunDeps, { system, rule, job }: Asked): Promise<string> {
  if (rule.as === 'actor') {
    if (job.by.id !== null) return job.by.id;
    throw new PermanentJobError(
      `Rule ${rule.name} runs with the rights of whoever sets it off, but that was nobody of the firm.`,
    );
  }
  // Inside an `each` the rights are still those of the owner of the rule's own record.
  const subject = job.each ? job.each.outer : subjectOf(job);
  const field = subject ? deps.records.model().entity(subject.entity).owner : undefined;
  const record = subject ? await loadRecord(deps.records, system, { ...subject, expand: [] }) : null;
  const owner = field === undefined ? null : idOf(record?.[field]);
  if (owner !== null) return owner;
  throw new PermanentJobError(
    `Rule ${rule.name} runs with its owner's rights, but nobody is responsible for ${subject?.entity ?? 'it'} ${subject?.id ?? ''}.`,
  );
}
