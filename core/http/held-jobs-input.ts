import { CasementError, validationError } from '../errors.ts';
import type { HeldChoice } from '../jobs/types.ts';

const KNOWN = ['action', 'ids', 'due'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MOST_IDS = 1000;

/** The body of `POST /jobs/held`. BAD_REQUEST for a member that is not known, VALIDATION for a value that is none of those allowed. */
export function readHeldChoice(body: Readonly<Record<string, unknown>>): Omit<HeldChoice, 'by'> {
  const stranger = Object.keys(body).find((key) => !KNOWN.includes(key));
  if (stranger !== undefined) {
    throw new CasementError(
      'BAD_REQUEST',
      `"${stranger.slice(0, 60)}" is not known here. Taken are ${KNOWN.join(', ')}.`,
    );
  }
  const { action, ids, due } = body;
  if (action !== 'run' && action !== 'drop') throw wrong('action', 'Must be "run" or "drop".');
  if (due !== undefined && due !== 'past' && due !== 'ahead') throw wrong('due', 'Must be "past" or "ahead".');
  if (ids !== undefined && !isIds(ids)) throw wrong('ids', `Must be a list of at most ${MOST_IDS} ids of jobs.`);
  if (ids !== undefined && due !== undefined) throw wrong('due', 'Name the jobs, or say "past" or "ahead"; not both.');
  return { action, ...(ids === undefined ? {} : { ids }), ...(due === undefined ? {} : { due }) };
}

function isIds(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) && value.length <= MOST_IDS && value.every((id) => typeof id === 'string' && UUID.test(id))
  );
}

function wrong(key: string, message: string): CasementError {
  return validationError([{ path: `/${key}`, code: 'enum', message }]);
}
