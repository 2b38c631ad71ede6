import { uuidv7 } from 'uuidv7';
import { createMatcher } from '../../automation/match.ts';
import { asSystem } from '../../context.ts';
import type { Clock, Context, Log, Transaction } from '../../context.ts';
import type { Model } from '../../definitions/model.ts';
import { createJobs } from '../../jobs/create-jobs.ts';
import { organisationOf } from '../../records/environment.ts';
import { createFormerNames } from '../../records/former-names.ts';
import { createHybridClock } from '../../records/hybrid-clock.ts';
import { createLedger } from '../../records/ledger.ts';
import { rewriteRecords } from '../../records/rewrite.ts';
import type { RewriteStep } from '../../records/rewrite.ts';
import type { ChangeObserver } from '../../records/types.ts';
import type { WriteDeps } from '../../records/write-scope.ts';
import type { Database } from '../../storage/database.ts';
import type { Taking } from '../../storage/plan.ts';
import type { OrganisationValues } from '../../storage/plan/convert-env.ts';
import type { Journal } from '../../storage/plan/journal.ts';
import { readRenames } from '../../storage/plan/noted-renames.ts';
import { nodeName } from '../node-name.ts';

export interface RewriterParts {
  readonly db: Database;
  readonly model: Model;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Rewriter {
  readonly deps: WriteDeps;
  readonly ctx: Context;
}

/**
 * The records' way of writing for one apply: in the ledger as one batch of the system. A changed definition is no event of the business, so no
 * rule follows from it; only timers still to come are set anew where the value they wait for became another, as for records of a seed.
 */
export async function openRewriter(
  of: RewriterParts,
  journal: Pick<Journal, 'id' | 'organisation'>,
  tx: Transaction,
): Promise<Rewriter> {
  const { db, model, clock, log } = of;
  const names = createFormerNames(await readRenames((fragment) => tx.all(fragment)));
  const node = await nodeName(tx);
  const organisation = { ...organisationOf(undefined), ...journal.organisation };
  const jobs = createJobs({ db, clock, log });
  const match = createMatcher({ model: () => model, organisation: () => organisation, jobs, clock, log });
  const setTimers: ChangeObserver = (inside, change, after, before) =>
    match(inside, { ...change, door: 'seed' }, after, before);
  const deps: WriteDeps = {
    db,
    model: () => model,
    organisation: () => organisation,
    ledger: createLedger({ clock: createHybridClock(clock, node), node, dialect: db.dialect, names }),
    names,
    observers: [setTimers],
  };
  const nobody = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;
  const ctx: Context = { principal: nobody, door: 'cli', clock, log, locale: organisation.language, batch: journal.id };
  return { deps, ctx: asSystem(ctx, 'changed definitions') };
}

/** For plans whose every step is safe: the records of an entity, all in the transaction that takes the plan. */
export function createRewrite(of: RewriterParts, organisation: OrganisationValues): NonNullable<Taking['rewrite']> {
  const id = uuidv7();
  return async (tx, rewriting) => {
    const { deps, ctx } = await openRewriter(of, { id, organisation }, tx);
    for (let after: string | null = null; ;) {
      const step: RewriteStep = await rewriteRecords(deps, { ...ctx, tx }, { rewriting, after });
      if (step.last === null) return;
      after = step.last;
    }
  };
}
