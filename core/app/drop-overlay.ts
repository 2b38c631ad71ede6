import { systemClock } from '../context.ts';
import type { Context, Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import { createHybridClock } from '../records/hybrid-clock.ts';
import { createLedger } from '../records/ledger.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { DEFINITION_SUBJECT, valueOf } from './definition-service.ts';
import { announceEpoch } from './live-model.ts';
import { nodeName } from './node-name.ts';
import { dropRow, readEpoch, readOverlay } from './overlay-rows.ts';

/**
 * Takes a document out of the overlay without loading the definitions: the way back when they no longer load with it. Stands in the ledger like
 * every other change. NOT_FOUND when the overlay does not hold it.
 */
export async function dropOverlay(
  db: Database,
  log: Log,
  { kind, name }: { readonly kind: string; readonly name: string },
): Promise<void> {
  const { rows } = await readOverlay(db);
  const row = rows.find((one) => one.kind === kind && one.name === name);
  if (!row) throw new CasementError('NOT_FOUND', `The overlay holds no ${kind} "${name}".`);
  const principal = {
    kind: 'system',
    id: null,
    name: 'system',
    roles: [],
    teamMates: [],
    reason: 'overlay drop',
  } as const;
  const ctx: Context = { principal, door: 'cli', clock: systemClock, log, locale: 'en' };
  await db.transaction(
    async (tx) => {
      const node = await nodeName(tx);
      const ledger = createLedger({ clock: createHybridClock(systemClock, node), node, dialect: db.dialect });
      const epoch = await readEpoch(tx);
      await dropRow(tx, row);
      // What is left has not been loaded by anybody yet.
      await tx.run(sql`delete from "_meta" where "key" = 'modelHash'`);
      await ledger.append(ctx, tx, {
        entity: { name: DEFINITION_SUBJECT, fields: new Map() },
        record: `${kind}/${name}`,
        kind: 'definition.removed',
        fields: { document: { before: valueOf(row.json), after: valueOf(null) } },
        version: epoch + 1,
        sides: [],
      });
      await announceEpoch(db, tx, epoch);
    },
    { alone: true },
  );
}
