import type { Entity } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { isObject } from './body.ts';

/** The body of a move, `{to, set?, note?}`, as the input of a write. NOT_FOUND where nothing can be moved, BAD_REQUEST for another shape. */
export function moveInput(
  entity: Entity,
  body: Readonly<Record<string, unknown>>,
): {
  input: Readonly<Record<string, unknown>>;
  note?: string;
} {
  if (entity.pipelines.length === 0)
    throw new CasementError('NOT_FOUND', `${entity.title} has no pipeline, so nothing can be moved.`);
  const { to, set = {}, note, ...rest } = body;
  const unknown = Object.keys(rest)[0];
  if (unknown !== undefined)
    throw new CasementError(
      'BAD_REQUEST',
      `"${unknown.slice(0, 60)}" is not known here; a move takes to, set and note.`,
    );
  if (typeof to !== 'string') throw new CasementError('BAD_REQUEST', '"to" must be the key of a stage.');
  if (!isObject(set)) throw new CasementError('BAD_REQUEST', '"set" must be an object of fields.');
  if ('stage' in set) throw new CasementError('BAD_REQUEST', 'The stage stands in "to", not in "set".');
  if (note === undefined || note === null) return { input: { ...set, stage: to } };
  if (typeof note !== 'string' || note.length > 5000)
    throw new CasementError('BAD_REQUEST', '"note" must be a text of at most 5,000 characters.');
  return { input: { ...set, stage: to }, note };
}
