import { CasementError } from '../../errors.ts';
import { openSteps } from '../../storage/plan.ts';
import type { SchemaPlan, SchemaStep } from '../../storage/plan.ts';

/** CONFLICT with every step that waits for an answer, and what to type. */
export function refuseOpen(plan: SchemaPlan): void {
  const open = openSteps(plan);
  if (open.length === 0) return;
  throw new CasementError(
    'CONFLICT',
    `Nothing was changed. ${open.length === 1 ? 'One step waits' : `${open.length} steps wait`} for an answer:\n${open.map(openText).join('\n')}`,
    { errors: open.map((step) => ({ path: `/${step.table}`, code: step.safety, message: step.text })) },
  );
}

function openText({ text, options = [], trouble }: SchemaStep): string {
  const examples = trouble?.examples.map(({ id }) => id) ?? [];
  return [
    `  ${text}`,
    ...(examples.length > 0 ? [`    such as ${examples.join(', ')}`] : []),
    ...options.map((option) => `    casement apply ${option}`),
  ].join('\n');
}

/** BAD_REQUEST for answers that no step asks for: a slip in a name must not pass for consent. */
export function refuseSurplus({ surplus }: SchemaPlan): void {
  if (surplus.length === 0) return;
  throw new CasementError(
    'BAD_REQUEST',
    `Nothing was changed. No step asks for ${surplus.join(', ')}. "casement plan" lists what is asked for.`,
  );
}
