import { accessOf } from '../access/access.ts';
import { isAlways } from '../access/combine.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { all } from '../rules/condition-tools.ts';
import { stageRows } from '../storage/stage-rows.ts';
import type { StageRow, StageSelection } from '../storage/stage-rows.ts';
import { grouping } from './aggregate.ts';
import type { ChangesDeps } from './changes.ts';
import { conditionEnv } from './environment.ts';
import { readerOf } from './read.ts';
import { callerFilter } from './resolve-query.ts';

export interface StageQuery {
  readonly entity: string;
  readonly filter?: unknown;
  /** Values of each record as it is now: `assignee`, `customer.city`, `createdAt:month`. */
  readonly columns: readonly string[];
  /** Only records made or moved within; instants as stored, `until` not included. */
  readonly during?: { readonly from?: string; readonly until?: string };
}

/** A record entering a stage. It stays there until its next move. */
export interface StageMove {
  /** Milliseconds. */
  readonly at: number;
  readonly stage: string | null;
  readonly pipeline: string | null;
}

export interface StageHistory {
  readonly record: string;
  readonly values: RecordData;
  /** All of them, oldest first. */
  readonly moves: readonly StageMove[];
}

const MOST = 500_000;
/** Rows of one statement. */
const PAGE = 20_000;

/**
 * Where the records that this caller may see have been, from the ledger, under his rights as they are now. Whoever may not read the stage of
 * every record has no field of that name. VALIDATION when it is too much for one answer.
 */
export async function readStageHistory(
  deps: ChangesDeps,
  ctx: Context,
  query: StageQuery,
): Promise<readonly StageHistory[]> {
  const model = deps.model();
  const entity = model.entity(query.entity);
  const access = accessOf(model, ctx.principal);
  if (!access.can(entity.name, 'read')) throw new CasementError('FORBIDDEN', `You may not read ${entity.name}.`);
  for (const key of ['stage', 'pipeline']) {
    if (!entity.fields.has(key) || !isAlways(access.readable(entity.name, key)))
      throw new CasementError('BAD_REQUEST', `${entity.name} has no field "${key}".`);
  }
  const organisation = deps.organisation();
  const selection = {
    entity,
    names: deps.names.ofEntity(entity.name),
    where: all(callerFilter(access, entity, query.filter), access.rows(entity.name, 'read')),
    columns: query.columns.map((name) => grouping(access, entity, { name, zone: organisation.zone })),
    ...(query.during ? { during: query.during } : {}),
    env: conditionEnv(ctx, organisation),
  };
  const histories: StageHistory[] = [];
  let count = 0;
  for (let after: string | undefined; ;) {
    const page = await readPage(deps, ctx, { ...selection, ...(after === undefined ? {} : { after }) });
    count += page.rows.length;
    if (count > MOST)
      throw new CasementError(
        'VALIDATION',
        `This is more than ${MOST} moves. Choose a shorter period or narrow the filter.`,
      );
    histories.push(...historiesOf(deps, query, page.rows));
    after = page.next;
    if (after === undefined) return histories;
  }
}

/** Whole records, so many that no statement holds up others for long; `next` while there may be more. */
async function readPage(
  deps: ChangesDeps,
  ctx: Context,
  selection: Omit<StageSelection, 'limit'>,
): Promise<{ readonly rows: readonly StageRow[]; readonly next: string | undefined }> {
  const rows = await stageRows(readerOf(deps, ctx), { ...selection, limit: PAGE });
  if (rows.length < PAGE) return { rows, next: undefined };
  const cut = rows.at(-1)?.record;
  const whole = rows.filter(({ record }) => record !== cut);
  const next = whole.at(-1)?.record;
  if (next !== undefined) return { rows: whole, next };
  throw new CasementError('VALIDATION', `The record ${cut} has been moved more than ${PAGE} times.`);
}

function historiesOf(deps: ChangesDeps, query: StageQuery, rows: readonly StageRow[]): readonly StageHistory[] {
  const histories: (StageHistory & { readonly moves: StageMove[] })[] = [];
  for (const row of rows) {
    let history = histories.at(-1);
    if (history?.record !== row.record) {
      const values = query.columns.map((name, index) => [name, row.values[index] ?? null] as const);
      history = { record: row.record, values: Object.fromEntries(values), moves: [] };
      histories.push(history);
    }
    const before = history.moves.at(-1);
    const named = presentNames(deps, row);
    history.moves.push({
      at: Date.parse(row.at),
      stage: named.stage ?? before?.stage ?? null,
      pipeline: named.pipeline ?? before?.pipeline ?? null,
    });
  }
  return histories;
}

/** A stage that has been renamed since is told by its name of today. */
function presentNames({ names }: ChangesDeps, row: StageRow): Pick<StageRow, 'stage' | 'pipeline'> {
  const side = (after: string | null) => (after === null ? undefined : { before: null, after });
  const data = JSON.stringify({ fields: { stage: side(row.stage), pipeline: side(row.pipeline) } });
  const present = names.present({ seq: row.seq, entity: row.entity, data });
  if (present.data === data) return row;
  const { fields } = JSON.parse(present.data) as { fields: Record<string, { after: string } | undefined> };
  return { stage: fields['stage']?.after ?? null, pipeline: fields['pipeline']?.after ?? null };
}
