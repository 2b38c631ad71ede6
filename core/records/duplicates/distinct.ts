import { instant } from '../../context.ts';
import type { Context } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import type { RecordData } from '../../fields/field-type.ts';
import { isId } from '../../fields/uuid.ts';
import { sql } from '../../storage/sql.ts';
import { inTransaction } from '../batches.ts';
import { readerOf } from '../read.ts';
import type { ReadDeps } from '../read.ts';
import { currentRow } from '../current-row.ts';
import { scopeOf } from '../write-scope.ts';
import type { WriteContext, WriteDeps, WriteScope } from '../write-scope.ts';
import { ruleFor } from './card.ts';
import type { DistinctCommand } from './types.ts';

const MOST = 21;

/** The name of a pair, whichever of the two is named first. */
export function pairName(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** Every pair of these is two things, not one; or may be one again. Who could change each of the records may say so. */
export async function markDistinct(deps: WriteDeps, ctx: Context, command: DistinctCommand): Promise<void> {
  const entity = deps.model().entity(command.entity);
  const ids = [...new Set(command.ids.map((id) => id.toLowerCase()))].sort();
  if (ids.length < 2 || ids.length > MOST)
    throw new CasementError('BAD_REQUEST', `"ids" must name from 2 to ${MOST} records.`);
  await inTransaction(deps, ctx, async (inside) => {
    const scope = scopeOf(deps, inside, entity.name);
    const rows: RecordData[] = [];
    for (const id of ids) rows.push(await currentRow(scope, id, { action: 'update' }));
    ruleFor(scope.access, entity);
    for (const [index, one] of ids.entries()) {
      for (const other of ids.slice(index + 1)) await markPair(inside, command, { one, other });
    }
    for (const row of rows) await tell(scope, row, command);
  });
}

async function markPair(
  ctx: WriteContext,
  { entity, distinct }: DistinctCommand,
  { one, other }: { readonly one: string; readonly other: string },
): Promise<void> {
  if (!distinct) {
    await ctx.tx.run(sql`delete from "_distinct" where "entity" = ${entity} and "one" = ${one} and "other" = ${other}`);
    return;
  }
  await ctx.tx.run(sql`insert into "_distinct" ("entity", "one", "other", "at", "by")
    values (${entity}, ${one}, ${other}, ${instant(ctx.clock)}, ${ctx.principal.id}) on conflict do nothing`);
}

/** In the ledger of each, so that it can be seen who has said so. */
async function tell(scope: WriteScope, row: RecordData, { distinct, ids }: DistinctCommand): Promise<void> {
  const record = String(row['id']);
  const from = ids.map((id) => id.toLowerCase()).filter((id) => id !== record);
  await scope.deps.ledger.append(scope.ctx, scope.tx, {
    entity: scope.entity,
    record,
    kind: distinct ? 'duplicates.distinct' : 'duplicates.possible',
    fields: { from: { before: null, after: from } },
    version: Number(row['version']),
    sides: [row],
  });
}

/** Records that were told apart from this one. */
export async function distinctFrom(
  deps: ReadDeps,
  ctx: Context,
  { entity, id }: { readonly entity: string; readonly id: string },
): Promise<ReadonlySet<string>> {
  if (!isId(id)) return new Set();
  const rows = await readerOf(deps, ctx).all<{ id: string }>(sql`
    select "other" as "id" from "_distinct" where "entity" = ${entity} and "one" = ${id}
    union all select "one" as "id" from "_distinct" where "entity" = ${entity} and "other" = ${id}`);
  return new Set(rows.map((row) => row.id));
}

/** Names of all pairs of an entity that were told apart. */
export async function distinctPairs(deps: ReadDeps, ctx: Context, entity: string): Promise<ReadonlySet<string>> {
  const rows = await readerOf(deps, ctx).all<{ one: string; other: string }>(
    sql`select "one", "other" from "_distinct" where "entity" = ${entity}`,
  );
  return new Set(rows.map(({ one, other }) => pairName(one, other)));
}
