import { asSystem } from '../../context.ts';
import type { Field } from '../../definitions/model.ts';
import { CasementError } from '../../errors.ts';
import { referencing } from '../../storage/rows.ts';
import { attempt } from '../attempt.ts';
import { deleteRecord } from '../remove.ts';
import { scopeOf } from '../write-scope.ts';
import type { WriteScope } from '../write-scope.ts';
import { redirect } from './redirect.ts';

/** References one merge moves at most: it is one transaction. */
const MOST = 10_000;

export interface Redirection {
  /** By id the change that has put the record into the bin: what follows from it names it as its cause. */
  readonly from: ReadonlyMap<string, string>;
  readonly to: string;
}

interface Pointing {
  readonly entity: string;
  readonly id: string;
  readonly fields: readonly Field[];
  /** The change of the first of them it points to. */
  readonly cause: string;
}

/**
 * Every live record that points to one of `from` points to `to` afterwards, each through the one write in the name of the system: whoever merges
 * two cards need not see what hangs on them, and learns nothing of it. Only the reference is checked; figures stay as they were.
 */
export async function moveReferences(scope: WriteScope, way: Redirection): Promise<void> {
  for (const pointing of await pointingTo(scope, way)) {
    if (pointing.entity === scope.entity.name && pointing.id === way.to) continue;
    const { change, root, depth } = { root: pointing.cause, depth: 0, ...scope.ctx.cause, change: pointing.cause };
    const below: WriteScope['ctx'] = {
      ...asSystem(scope.ctx, `moved with its ${scope.entity.name}`),
      cause: { change, root, depth },
    };
    await moveOne(scopeOf(scope.deps, below, pointing.entity), pointing, way);
  }
}

async function pointingTo(scope: WriteScope, { from }: Redirection): Promise<readonly Pointing[]> {
  const found = new Map<string, Pointing>();
  for (const [gone, cause] of from) {
    const target = { entity: scope.entity.name, id: gone };
    for (const { entity, field, ids } of await referencing(scope.tx, scope.model, target)) {
      for (const id of ids) {
        const known = found.get(`${entity}/${id}`) ?? { entity, id, fields: [], cause };
        found.set(`${entity}/${id}`, { ...known, fields: [...new Set([...known.fields, field])] });
      }
    }
  }
  if (found.size <= MOST) return [...found.values()];
  throw new CasementError('TOO_LARGE', `Too much hangs on these ${scope.entity.plural} to be moved in one go.`);
}

/** Where both have the same link already, as its unique fields say, it is kept once: the other one goes into the bin with its record. */
async function moveOne(scope: WriteScope, pointing: Pointing, way: Redirection): Promise<void> {
  const to = { from: new Set(way.from.keys()), to: way.to };
  if (!mayCollide(scope, pointing)) return redirect(scope, { ...pointing, ...to });
  const moved = await attempt(scope.ctx, (ctx) => redirect({ ...scope, ctx, tx: ctx.tx }, { ...pointing, ...to }));
  if (!('refused' in moved)) return;
  if (!moved.refused.errors.some(({ code }) => code === 'unique')) throw moved.refused;
  const { entity, id } = pointing;
  const binned = await attempt(scope.ctx, (ctx) =>
    deleteRecord({ ...scope, ctx, tx: ctx.tx }, { op: 'delete', entity, id }),
  );
  if ('refused' in binned)
    throw new CasementError(
      'CONFLICT',
      'What hangs on these records cannot be joined: both have a link that may stand once only.',
    );
}

function mayCollide({ entity }: WriteScope, { fields }: Pointing): boolean {
  return fields.some(({ key, unique }) => unique || entity.unique.some((keys) => keys.includes(key)));
}
