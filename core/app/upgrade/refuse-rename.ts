import { CasementError } from '../../errors.ts';
import type { SchemaPlan } from '../../storage/plan.ts';

/** Whether tables or columns get other names: statements under way in other processes would miss them. */
export function renames(plan: SchemaPlan): boolean {
  return plan.steps.some(({ kind }) => kind === 'rename');
}

export function othersAreHere(plan: SchemaPlan): CasementError {
  const message =
    'Other servers are connected to this database, and these changes need it alone. Stop them, then start this one';
  return new CasementError('UNAVAILABLE', `${message}:\n${listOf(plan)}`);
}

/** The history, too, is read under new names from the next start on. */
export function atTheStartOnly(plan: SchemaPlan): CasementError {
  return new CasementError('CONFLICT', `A server renames at its start. Restart it for these changes:\n${listOf(plan)}`);
}

function listOf({ steps }: SchemaPlan): string {
  return steps
    .filter(({ kind }) => kind === 'rename')
    .map(({ text }) => `  ${text}`)
    .join('\n');
}
