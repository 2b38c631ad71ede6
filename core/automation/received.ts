import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { Clock, Log } from '../context.ts';
import type { Automation, Model } from '../definitions/model.ts';
import type { Jobs } from '../jobs/types.ts';
import type { Received, ReceivedDoor } from '../records/received.ts';
import { ATTEMPTS, JOB_KIND, writeJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';

export interface ReceivedDeps {
  readonly model: () => Model;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly clock: Clock;
  readonly log: Log;
}

const LARGEST = 65_536;

/** Rules with the trigger `received` follow what came in, as jobs of the transaction that keeps it. */
export function createReceivedDoor({ model, jobs, clock, log }: ReceivedDeps): ReceivedDoor {
  return {
    async received(ctx, what) {
      const rules = [...model().automations.values()].filter((rule) => rule.enabled && follows(rule, what));
      if (rules.length === 0) return null;
      const at = new Date(clock.now()).toISOString();
      const isLarge = JSON.stringify(what.data).length > LARGEST;
      if (isLarge)
        log.warn({ by: what.by, name: what.name }, 'What came in is too large for rules to see its content.');
      const received = { by: what.by, name: what.name, at, data: isLarge ? {} : what.data };
      const change = uuidv7();
      for (const rule of rules) {
        const { entity } = rule.on;
        const found = entity === undefined ? null : what.records.find((record) => record.entity === entity);
        if (found === undefined) continue;
        const job: AutomationJob = {
          rule: rule.name,
          entity: found?.entity ?? null,
          record: found?.id ?? null,
          change,
          kind: 'received',
          at,
          by: { id: null, name: '' },
          root: change,
          depth: ctx.cause?.depth ?? 0,
          before: null,
          received,
        };
        const key = `${rule.name}:received:${keyOf(what)}`;
        await jobs.enqueue(ctx.tx, { kind: JOB_KIND, key, payload: writeJob(job), root: change, attempts: ATTEMPTS });
      }
      return change;
    },
  };
}

function follows({ on }: Automation, { by, name }: Received): boolean {
  return on.trigger === 'received' && on.by === by && (on.name === undefined || on.name === name);
}

/** Keys of strangers may hold anything. */
function keyOf({ by, name, key }: Received): string {
  return createHash('sha256').update(`${by}\n${name}\n${key}`).digest('hex');
}
