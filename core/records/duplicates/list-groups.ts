import { accessOf } from '../../access/access.ts';
import type { Context } from '../../context.ts';
import type { DuplicateRule, Entity } from '../../definitions/model.ts';
import { CasementError } from '../../errors.ts';
import type { RecordData } from '../../fields/field-type.ts';
import { decodeCursor, encodeCursor } from '../cursor.ts';
import { readList } from '../read.ts';
import type { ReadDeps } from '../read.ts';
import { cardOf, ruleFor } from './card.ts';
import { compareAll } from './compare-all.ts';
import type { Cluster, Known } from './compare-all.ts';
import { distinctPairs, pairName } from './distinct.ts';
import { shownFields } from './find-duplicates.ts';
import type { DuplicateGroup, GroupQuery, Pair } from './types.ts';
import { weigh } from './weigh.ts';

const PAGE = 1000;
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
/** Groups looked at again in one statement: at most 21 records each. */
const AT_ONCE = 20;
/** A comparison that took long is good for so many times as long; a quick one is made anew each time. */
const KEPT_FOR = 10;
const LONG = 200;

interface Kept {
  readonly clusters: Promise<readonly Cluster[]>;
  until: number;
}

/** Groups of likely duplicates, page by page. */
export type ListGroups = (
  ctx: Context,
  query: GroupQuery,
) => Promise<{ data: readonly DuplicateGroup[]; next: string | null }>;

/**
 * Compares what this caller may read, and nothing else: all of it goes through the one read. Of a comparison only ids are kept for the next
 * page; what is answered is read and weighed anew, so that rights, merges and marks of this moment hold.
 */
export function createGroupList(deps: ReadDeps): ListGroups {
  const kept = new Map<string, Kept>();
  let line: Promise<unknown> = Promise.resolve();
  const compare = (ctx: Context, entity: Entity, rule: DuplicateRule): Promise<readonly Cluster[]> => {
    const { kind, id, roles, teamMates } = ctx.principal;
    const key = JSON.stringify([deps.model().hash, entity.name, kind, id, roles, teamMates]);
    for (const [name, { until }] of kept) if (until < performance.now()) kept.delete(name);
    const known = kept.get(key);
    if (known) return known.clusters;
    // One at a time: each takes a processor for a while.
    const clusters = line.then(() => timed(() => compareReadable(deps, ctx, { entity, rule })));
    const entry: Kept = { clusters: clusters.then(({ result }) => result), until: Infinity };
    kept.set(key, entry);
    line = clusters.then(
      ({ took }) => void (entry.until = took < LONG ? 0 : performance.now() + took * KEPT_FOR),
      () => kept.delete(key),
    );
    return entry.clusters;
  };
  return async (ctx, query) => {
    const entity = deps.model().entity(query.entity);
    const access = accessOf(deps.model(), ctx.principal);
    if (!access.can(entity.name, 'read')) throw new CasementError('FORBIDDEN', `You may not read ${entity.name}.`);
    const rule = ruleFor(access, entity);
    const after = query.after === undefined ? undefined : decodeCursor('duplicates', query.after, 2);
    const limit = checkedLimit(query.limit);
    const clusters = await compare(ctx, entity, rule);
    return pageOf(deps, ctx, { entity, rule, clusters: clusters.filter((cluster) => isAfter(cluster, after)), limit });
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; took: number }> {
  const start = performance.now();
  const result = await work();
  return { result, took: performance.now() - start };
}

interface Compared {
  readonly entity: Entity;
  readonly rule: DuplicateRule;
}

async function compareReadable(deps: ReadDeps, ctx: Context, { entity, rule }: Compared): Promise<readonly Cluster[]> {
  const fields = ['id', ...rule.same, ...rule.similar];
  const known: Known[] = [];
  let after: string | null = null;
  do {
    const page: { data: readonly RecordData[]; next: string | null } = await readList(deps, ctx, {
      entity: entity.name,
      fields,
      sort: ['id'],
      limit: PAGE,
      ...(after === null ? {} : { after }),
    });
    for (const record of page.data) known.push({ id: String(record['id']), card: cardOf(entity, rule, record) });
    after = page.next;
  } while (after !== null);
  return compareAll(known, await distinctPairs(deps, ctx, entity.name));
}

function isAfter({ score, ids }: Cluster, after: readonly (string | number | null)[] | undefined): boolean {
  if (after === undefined) return true;
  const [last, id] = [Number(after[0]), String(after[1])];
  return score < last || (score === last && ids[0]! > id);
}

interface Paging extends Compared {
  readonly clusters: readonly Cluster[];
  readonly limit: number;
}

async function pageOf(deps: ReadDeps, ctx: Context, of: Paging) {
  const data: DuplicateGroup[] = [];
  let last: Cluster | undefined;
  let seen = 0;
  while (seen < of.clusters.length && data.length < of.limit) {
    const some = of.clusters.slice(seen, seen + Math.min(AT_ONCE, of.limit - data.length));
    data.push(...(await groupsNow(deps, ctx, { ...of, clusters: some })));
    seen += some.length;
    last = some.at(-1);
  }
  const next = last && seen < of.clusters.length ? encodeCursor('duplicates', [last.score, last.ids[0]!]) : null;
  return { data, next };
}

/** The groups as they are at this moment; one that is none any more is left out. */
async function groupsNow(deps: ReadDeps, ctx: Context, of: Paging): Promise<readonly DuplicateGroup[]> {
  const { entity, rule, clusters } = of;
  const fields = shownFields(accessOf(deps.model(), ctx.principal), entity, rule);
  const ids = clusters.flatMap((cluster) => cluster.ids);
  const { data } = await readList(deps, ctx, { entity: entity.name, filter: { id: { in: ids } }, fields, limit: PAGE });
  const distinct = await distinctPairs(deps, ctx, entity.name);
  const records = new Map(data.map((record): [string, RecordData] => [String(record['id']), record]));
  return clusters.flatMap((cluster) => {
    const present = cluster.ids.map((id) => records.get(id)).filter((record) => record !== undefined);
    const pairs = pairsOf(of, present, distinct);
    const named = new Set(pairs.flatMap(({ one, other }) => [one, other]));
    if (pairs.length === 0) return [];
    return [{ score: pairs[0]!.score, records: present.filter(({ id }) => named.has(String(id))), pairs }];
  });
}

function pairsOf(
  { entity, rule }: Compared,
  records: readonly RecordData[],
  distinct: ReadonlySet<string>,
): readonly Pair[] {
  const known = records.map((record) => ({ id: String(record['id']), card: cardOf(entity, rule, record) }));
  const pairs = known.flatMap(({ id: one, card }, index) =>
    known.slice(index + 1).map((other) => ({ one, other: other.id, ...weigh(card, other.card) })),
  );
  return pairs
    .filter(({ one, other, score }) => score > 0 && !distinct.has(pairName(one, other)))
    .sort((a, b) => b.score - a.score);
}

function checkedLimit(limit = DEFAULT_LIMIT): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new CasementError('BAD_REQUEST', `"limit" must be a whole number from 1 to ${MAX_LIMIT}.`);
}
