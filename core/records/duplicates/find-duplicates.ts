import { accessOf } from '../../access/access.ts';
import type { Access } from '../../access/access.ts';
import type { Context } from '../../context.ts';
import type { DuplicateRule, Entity } from '../../definitions/model.ts';
import { CasementError } from '../../errors.ts';
import { FieldError } from '../../fields/field-type.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import { didYouMean } from '../../rules/parse-condition.ts';
import type { MatchTerm } from '../../storage/query.ts';
import { parseEnv } from '../environment.ts';
import { readList } from '../read.ts';
import type { ReadDeps } from '../read.ts';
import { cardOf, keysOf, ruleFor } from './card.ts';
import type { Card } from './card.ts';
import { distinctFrom } from './distinct.ts';
import type { Candidate, DraftQuery } from './types.ts';
import { weigh } from './weigh.ts';

/** Records looked at for one draft: with the same value, and with a name that might be like. */
const SAME_AT_MOST = 100;
const SIMILAR_AT_MOST = 300;
const MOST = 50;

/**
 * Records that may be of the thing a draft speaks of, the likeliest first. Half-typed values that cannot be read yet match nothing. Only
 * records and fields the caller reads take part; both statements go by the index.
 */
export async function findDuplicates(deps: ReadDeps, ctx: Context, query: DraftQuery): Promise<readonly Candidate[]> {
  const entity = deps.model().entity(query.entity);
  const access = accessOf(deps.model(), ctx.principal);
  if (!access.can(entity.name, 'read')) throw new CasementError('FORBIDDEN', `You may not read ${entity.name}.`);
  const rule = ruleFor(access, entity);
  refuseUnknown(access, entity, query.draft);
  const card = cardOf(entity, rule, parsedDraft(deps, entity, { rule, draft: query.draft }));
  const of = { entity, rule };
  const found = [
    ...(await recordsWith(deps, ctx, { ...of, terms: termsOf(card, rule.same), limit: SAME_AT_MOST })),
    ...(await recordsWith(deps, ctx, { ...of, terms: termsOf(card, rule.similar), limit: SIMILAR_AT_MOST })),
  ];
  const records = new Map(found.map((record) => [String(record['id']), record]));
  const others =
    query.except === undefined
      ? new Set<string>()
      : await distinctFrom(deps, ctx, { entity: entity.name, id: query.except });
  const candidates = [...records.values()]
    .filter(({ id }) => id !== query.except && !others.has(String(id)))
    .map((record) => ({ record, ...weigh(card, cardOf(entity, rule, record)) }))
    .filter(({ score }) => score > 0);
  candidates.sort((a, b) => b.score - a.score || (String(a.record['id']) < String(b.record['id']) ? 1 : -1));
  return candidates.slice(0, Math.min(query.limit ?? 10, MOST));
}

/** A hidden field is an unknown one. Known fields that do not tell duplicates are let through: a form sends all it has. */
function refuseUnknown(access: Access, entity: Entity, draft: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(draft)) {
    if (access.lookup.field(entity.name, key) || access.lookup.field(entity.name, key.replace(/:typed$/, ''))) continue;
    const hint = didYouMean(key, access.lookup.keys(entity.name));
    throw new CasementError('BAD_REQUEST', `${entity.name} has no field "${key.slice(0, 60)}".${hint}`);
  }
}

function parsedDraft(
  deps: ReadDeps,
  entity: Entity,
  of: { readonly rule: DuplicateRule; readonly draft: Readonly<Record<string, unknown>> },
): RecordData {
  const env = parseEnv(deps.organisation(), of.draft);
  const values: Record<string, Value> = {};
  for (const key of [...of.rule.same, ...of.rule.similar]) {
    const field = entity.fields.get(key);
    const raw = of.draft[key] ?? null;
    if (!field || raw === null || raw === '') continue;
    try {
      values[key] = field.type.parse(raw, field, env);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
    }
  }
  return values;
}

function termsOf(card: Card, fields: readonly string[]): readonly MatchTerm[] {
  const keys = keysOf(card);
  return fields
    .map((field) => ({ field, keys: keys.filter((key) => key.field === field).map(({ key }) => key) }))
    .filter((term) => term.keys.length > 0);
}

interface Wanted {
  readonly entity: Entity;
  readonly rule: DuplicateRule;
  readonly terms: readonly MatchTerm[];
  readonly limit: number;
}

async function recordsWith(deps: ReadDeps, ctx: Context, { entity, rule, terms, limit }: Wanted) {
  if (terms.length === 0) return [];
  const fields = shownFields(accessOf(deps.model(), ctx.principal), entity, rule);
  const { data } = await readList(deps, ctx, { entity: entity.name, match: terms, fields, limit });
  return data;
}

/** What a person needs to tell one record from another: its title and what was compared. */
export function shownFields(access: Access, entity: Entity, rule: DuplicateRule): readonly string[] {
  const titles = entity.display.flatMap((part) => ('field' in part ? [part.field] : []));
  const keys = [...titles, ...rule.similar, ...rule.same, 'createdAt'];
  return [...new Set(keys)].filter((key) => access.lookup.field(entity.name, key));
}
