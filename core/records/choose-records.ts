import { accessOf } from '../access/access.ts';
import { isAlways } from '../access/combine.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { MassEdit } from './batch-types.ts';
import { readList } from './read.ts';
import type { ReadDeps } from './read.ts';
import { callerFilter } from './resolve-query.ts';

/** Records one mass edit changes at most. */
const MOST = 10_000;
const PAGE = 1000;

/**
 * The ids a mass edit is about, in order, so that two edits at once lock in the same order. Ids the caller named are not looked at: what he
 * may not see is refused where it is written, in the words of what does not exist.
 */
export async function chooseRecords(deps: ReadDeps, ctx: Context, edit: MassEdit): Promise<readonly string[]> {
  if (edit.ids === undefined) return foundRecords(deps, ctx, edit);
  const ids = [...new Set(edit.ids.map((id) => id.toLowerCase()))].sort();
  if (ids.length === 0) throw new CasementError('BAD_REQUEST', '"ids" names no record.');
  if (ids.length > MOST) throw tooMany(`"ids" names ${ids.length.toLocaleString('en')} records`, 'Send them in parts.');
  return ids;
}

async function foundRecords(deps: ReadDeps, ctx: Context, edit: MassEdit): Promise<readonly string[]> {
  const entity = deps.model().entity(edit.entity);
  const access = accessOf(deps.model(), ctx.principal);
  if (!access.can(entity.name, 'read')) throw new CasementError('FORBIDDEN', `You may not read ${entity.name}.`);
  if (isAlways(callerFilter(access, entity, edit.filter)))
    throw new CasementError(
      'BAD_REQUEST',
      `This filter leaves nothing out, so it would change all ${entity.plural}. Say which ones are meant, or name their ids.`,
    );
  const ids: string[] = [];
  const deleted = edit.change.kind === 'restore' ? ({ deleted: 'only' } as const) : {};
  let after: string | null = null;
  do {
    const { data, next } = await readList(deps, ctx, {
      entity: entity.name,
      filter: edit.filter,
      fields: ['id'],
      sort: ['id'],
      limit: PAGE,
      ...deleted,
      ...(after === null ? {} : { after }),
    });
    ids.push(...data.map(({ id }) => String(id)));
    after = next;
    if (ids.length > MOST || (ids.length === MOST && after !== null))
      throw tooMany(`The filter finds more than ${MOST.toLocaleString('en')} ${entity.plural}`, 'Narrow the filter.');
  } while (after !== null);
  return ids;
}

function tooMany(what: string, remedy: string): CasementError {
  return new CasementError('TOO_LARGE', `${what}; at most ${MOST.toLocaleString('en')} are changed at once. ${remedy}`);
}
