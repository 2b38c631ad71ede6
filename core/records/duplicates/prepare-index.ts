import { createHash } from 'node:crypto';
import type { Context } from '../../context.ts';
import { canonicalJson } from '../../definitions/canonical-json.ts';
import type { DuplicateRule, Entity } from '../../definitions/model.ts';
import { reindexMatches } from '../../storage/match.ts';
import { readNote, writeNote } from '../../storage/notes.ts';
import { lockRecords } from '../../storage/locks.ts';
import { sql } from '../../storage/sql.ts';
import { inTransaction } from '../batches.ts';
import { readList } from '../read.ts';
import type { ReadDeps } from '../read.ts';
import type { WriteContext } from '../write-scope.ts';
import { cardOf, KEYS_VERSION, keysOf } from './card.ts';

/** Records made anew in one transaction: other writers get their turn in between. */
const PART = 500;

/**
 * Makes the index of duplicates anew for each entity whose rule has changed, or is new, since it was made. Records written meanwhile are
 * right already; one that was cut off begins again at the next start.
 */
export async function prepareIndex(deps: ReadDeps, ctx: Context): Promise<void> {
  for (const entity of deps.model().entities.values()) {
    const note = `match.${entity.name}`;
    const wanted = signatureOf(entity);
    const found = await readNote((text) => deps.db.read(text), note);
    if ((found ?? '') === wanted) continue;
    const count = await indexAll(deps, ctx, entity);
    await deps.db.transaction((tx) => writeNote(tx, note, wanted));
    if (count > 0) ctx.log.info({ entity: entity.name, count }, 'The index of duplicates was made anew');
  }
}

/** Empty for an entity without a rule: nothing is indexed, nothing noted. */
function signatureOf({ duplicates, fields }: Entity): string {
  if (!duplicates) return '';
  const types = [...duplicates.same, ...duplicates.similar].map((key) => fields.get(key)?.type.name ?? '');
  return createHash('sha256')
    .update(canonicalJson([KEYS_VERSION, { ...duplicates }, types]))
    .digest('hex');
}

async function indexAll(deps: ReadDeps, ctx: Context, entity: Entity): Promise<number> {
  const rule = entity.duplicates;
  if (!rule) {
    await deps.db.transaction((tx) => tx.run(sql`delete from "_match" where "entity" = ${entity.name}`));
    return 0;
  }
  let count = 0;
  let after: string | null = null;
  do {
    const at: string | null = after;
    const part: Done = await inTransaction(deps, ctx, (inside) => indexPart(deps, inside, { entity, rule, after: at }));
    count += part.count;
    after = part.next;
  } while (after !== null);
  return count;
}

interface Done {
  readonly count: number;
  readonly next: string | null;
}

interface Part {
  readonly entity: Entity;
  readonly rule: DuplicateRule;
  readonly after: string | null;
}

/** Locked before it is read, so that the index says what the record says when this is committed. */
async function indexPart(deps: ReadDeps, ctx: WriteContext, { entity, rule, after }: Part): Promise<Done> {
  const page = { entity: entity.name, sort: ['id'], limit: PART, ...(after === null ? {} : { after }) };
  const found = await readList(deps, ctx, { ...page, fields: ['id'] });
  await lockRecords(ctx.tx, entity, { ids: found.data.map(({ id }) => String(id)), hold: 'change' });
  const { data, next } = await readList(deps, ctx, { ...page, fields: ['id', ...rule.same, ...rule.similar] });
  const keys = data.map((record) => [String(record['id']), keysOf(cardOf(entity, rule, record))] as const);
  if (keys.length > 0) await reindexMatches(ctx.tx, entity.name, new Map(keys));
  return { count: data.length, next };
}
