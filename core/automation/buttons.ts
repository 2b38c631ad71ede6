import { uuidv7 } from 'uuidv7';
import { accessOf } from '../access/access.ts';
import type { Clock, Context, Principal, Transaction } from '../context.ts';
import type { Automation, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { Jobs } from '../jobs/types.ts';
import type { Records } from '../records/types.ts';
import type { Database } from '../storage/database.ts';
import { ATTEMPTS, JOB_KIND, writeJob } from './automation-job.ts';
import type { AutomationJob } from './automation-job.ts';
import { conditionEnv, holds } from './conditions.ts';
import type { Money } from './conditions.ts';

export interface Buttons {
  /**
   * Sets a rule with the trigger `manual` off for a record. Answers the key of its run and the root to settle. NOT_FOUND for a rule or record that
   * the caller has not got; FORBIDDEN when he may not press.
   */
  press(
    ctx: Context & { readonly tx: Transaction },
    of: { readonly rule: string; readonly id: string },
  ): Promise<{ readonly run: string; readonly root: string }>;
}

export interface ButtonDeps {
  readonly db: Pick<Database, 'dialect'>;
  readonly records: Records;
  readonly organisation: () => Money;
  readonly jobs: Pick<Jobs, 'enqueue'>;
  readonly clock: Clock;
}

/** Whether a caller may press the button of a rule, the record apart. */
export function mayPress(model: Model, principal: Principal, { on, enabled }: Automation): boolean {
  if (!enabled || on.trigger !== 'manual') return false;
  const access = accessOf(model, principal);
  if (!access.can(on.entity, 'read')) return false;
  if (principal.kind === 'system') return true;
  return on.roles.length > 0
    ? on.roles.some((role) => principal.roles.includes(role))
    : access.can(on.entity, 'update');
}

export function createButtons(deps: ButtonDeps): Buttons {
  const { records, jobs, clock } = deps;
  return {
    async press(ctx, { rule: name, id }) {
      const model = records.model();
      const rule = model.automations.get(name);
      const isThere = rule?.enabled && rule.on.trigger === 'manual';
      if (!isThere || rule.on.trigger !== 'manual' || !accessOf(model, ctx.principal).can(rule.on.entity, 'read'))
        throw new CasementError('NOT_FOUND', 'There is no such button.');
      const { entity } = rule.on;
      await records.get(ctx, { entity, id, fields: ['id'] });
      await refuseStranger(deps, ctx, { rule, id });
      const change = uuidv7();
      const job: AutomationJob = {
        rule: name,
        entity,
        record: id,
        change,
        kind: 'manual',
        at: new Date(clock.now()).toISOString(),
        by: { id: ctx.principal.id, name: ctx.principal.name },
        root: change,
        depth: 0,
        before: null,
      };
      const run = `${name}:${change}:${id}`;
      await jobs.enqueue(ctx.tx, {
        kind: JOB_KIND,
        key: run,
        payload: writeJob(job),
        root: change,
        attempts: ATTEMPTS,
      });
      return { run, root: change };
    },
  };
}

/** Without roles of its own a button is for whoever may change this very record. */
async function refuseStranger(
  { records, db, organisation, clock }: ButtonDeps,
  ctx: Context & { readonly tx: Transaction },
  { rule, id }: { readonly rule: Automation; readonly id: string },
): Promise<void> {
  const { on } = rule;
  const { principal } = ctx;
  const model = records.model();
  const refuse = () => new CasementError('FORBIDDEN', 'You may not press this button.');
  if (on.trigger !== 'manual' || !mayPress(model, principal, rule)) throw refuse();
  if (on.roles.length > 0 || principal.kind === 'system') return;
  const { id: me, teamMates } = principal;
  const env = { ...conditionEnv(organisation(), { me, now: clock.now() }), teamMates };
  const rows = accessOf(model, principal).rows(on.entity, 'update');
  const isMine = await holds(ctx.tx, rows, { model, dialect: db.dialect, entity: on.entity, id, env });
  if (!isMine) throw refuse();
}
