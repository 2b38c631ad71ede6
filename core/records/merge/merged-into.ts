import { accessOf } from '../../access/access.ts';
import type { Context, Transaction } from '../../context.ts';
import { sql } from '../../storage/sql.ts';
import { readList, readerOf } from '../read.ts';
import type { ReadDeps } from '../read.ts';

interface Named {
  readonly entity: string;
  readonly id: string;
}

/**
 * The record that a merged one has become a part of, however many merges lie between. Only for who may see both, the one in the bin too: to
 * everybody else a merged record is a record that is not there.
 */
export async function mergedInto(deps: ReadDeps, ctx: Context, { entity, id }: Named): Promise<string | null> {
  if (!accessOf(deps.model(), ctx.principal).can(entity, 'read')) return null;
  const into = await survivorOf(readerOf(deps, ctx), { entity, id });
  if (into === null) return null;
  const seen = (of: string, deleted?: 'only') =>
    readList(deps, ctx, {
      entity,
      filter: { id: of },
      fields: ['id'],
      limit: 1,
      ...(deleted ? { deleted } : {}),
    });
  const [gone, there] = await Promise.all([seen(id, 'only'), seen(into)]);
  return gone.data.length + there.data.length === 2 ? into : null;
}

/** The end of the way of a merged record, whoever may see it; null for one that was not merged. */
export async function survivorOf(reader: Pick<Transaction, 'all'>, { entity, id }: Named): Promise<string | null> {
  const rows = await reader.all<{ into: string }>(sql`
    with recursive way("record", "into") as (
      select "record", "into" from "_merged" where "entity" = ${entity} and "record" = ${id}
      union select m."record", m."into" from "_merged" m join way on m."record" = way."into" where m."entity" = ${entity})
    select "into" from way where "into" not in (select "record" from way)`);
  return rows[0]?.into ?? null;
}

/** The records that have become a part of this one, and of those in turn. */
export async function absorbedBy(deps: ReadDeps, ctx: Context, { entity, id }: Named): Promise<readonly string[]> {
  const rows = await readerOf(deps, ctx).all<{ record: string }>(sql`
    with recursive part("record") as (
      select "record" from "_merged" where "entity" = ${entity} and "into" = ${id}
      union select m."record" from "_merged" m join part on m."into" = part."record" where m."entity" = ${entity})
    select "record" from part order by "record"`);
  return rows.map(({ record }) => record);
}
