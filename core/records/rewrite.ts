import { instant } from '../context.ts';
import type { Field } from '../definitions/model.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { CasementError } from '../errors.ts';
import { createFieldTypes } from '../fields/registry.ts';
import { ALWAYS } from '../rules/condition.ts';
import type { Condition } from '../rules/condition.ts';
import { createConvertEnv } from '../storage/plan/convert-env.ts';
import { fieldOfNote } from '../storage/plan/noted-fields.ts';
import type { Rewriting } from '../storage/plan/journal.ts';
import { asideKey } from '../storage/plan/step.ts';
import type { FieldWork } from '../storage/plan/step.ts';
import { textOfValue, workedValue } from '../storage/plan/work-value.ts';
import { reindexMatches } from '../storage/match.ts';
import { reindexRecords } from '../storage/search.ts';
import { selectRows } from '../storage/select.ts';
import { computeRollup, updateRecord } from '../storage/rows.ts';
import { computeFields } from './compute.ts';
import { cardOf, keysOf } from './duplicates/card.ts';
import { conditionEnv, parseEnv } from './environment.ts';
import type { NewChange } from './ledger.ts';
import { searchTexts } from './record-change.ts';
import { differences } from './rollups.ts';
import { scopeOf } from './write-scope.ts';
import type { WriteContext, WriteDeps, WriteScope } from './write-scope.ts';

/** How far a rewriting came: the id of the last record looked at, null when there are no more; and how many those were. */
export interface RewriteStep {
  readonly last: string | null;
  readonly seen: number;
}

const AT_ONCE = 250;

/**
 * Carries the values of the next records into changed definitions, in the transaction of the context: columns, search index and one change
 * each in the ledger, deleted records too. The way of `write` without its questions: what else is wrong with an old record, who may change
 * it are no matter of a changed definition. Figures of parents are a rewriting of their own.
 */
export async function rewriteRecords(
  deps: WriteDeps,
  ctx: WriteContext,
  of: { readonly rewriting: Rewriting; readonly after: string | null },
): Promise<RewriteStep> {
  const { rewriting } = of;
  const scope = scopeOf(deps, ctx, rewriting.entity);
  const asides = asidesOf(scope, rewriting);
  const rows = await nextRows(scope, asides, of.after);
  const rewritten: Rewritten[] = [];
  for (const row of rows) {
    const one = await rewriteOne(scope, { rewriting, asides, row });
    if (one) rewritten.push(one);
  }
  await reindex(scope, rewriting, rewritten);
  await recordAll(
    scope,
    rewritten.filter(({ change }) => Object.keys(change.fields).length > 0),
  );
  const last = rows.at(-1);
  return { last: last && rows.length === AT_ONCE ? String(last['id']) : null, seen: rows.length };
}

async function recordAll(scope: WriteScope, rewritten: readonly Rewritten[]): Promise<void> {
  if (rewritten.length === 0) return;
  const { deps, ctx, tx } = scope;
  const changes = await deps.ledger.appendAll(
    ctx,
    tx,
    rewritten.map(({ change }) => change),
  );
  for (const [index, change] of changes.entries()) {
    const { before, after } = rewritten[index]!;
    if (after['deletedAt'] !== null) continue;
    for (const observe of deps.observers) await observe(tx, change, after, before);
  }
}

/** Fields whose old values stand aside, by their key. */
function asidesOf(scope: WriteScope, { works }: Rewriting): ReadonlyMap<string, Field> {
  const types = createFieldTypes();
  const found = works.flatMap(({ key, old }) => {
    const field = old && fieldOfNote(old, { entity: scope.entity.name, key: asideKey(key), types });
    return field ? [[key, field] as const] : [];
  });
  return new Map(found);
}

async function nextRows(
  scope: WriteScope,
  asides: ReadonlyMap<string, Field>,
  after: string | null,
): Promise<readonly RecordData[]> {
  const { entity } = scope;
  const path = { entity: entity.name, hops: [], field: entity.fields.get('id')! };
  const where: Condition =
    after === null ? ALWAYS : { kind: 'compare', path, op: 'gt', operand: { kind: 'value', value: after } };
  const rows = await selectRows(
    scope.tx,
    {
      projection: {
        // Another object than the model's own, whose shapes are remembered.
        entity: { ...entity },
        fields: [...entity.fields.values(), ...asides.values()].map((field) => ({ field })),
        references: new Map(),
        lists: new Map(),
      },
      where,
      sort: [{ path, descending: false }],
      limit: AT_ONCE,
      deleted: 'with',
      env: conditionEnv(scope.ctx, scope.organisation),
    },
    scope.deps.db.dialect,
  );
  return rows.map(({ json }) => JSON.parse(json) as RecordData);
}

interface Rewritten {
  readonly before: RecordData;
  readonly after: RecordData;
  readonly change: NewChange;
}

async function rewriteOne(
  scope: WriteScope,
  of: { rewriting: Rewriting; asides: ReadonlyMap<string, Field>; row: RecordData },
): Promise<Rewritten | undefined> {
  const { rewriting, asides } = of;
  const before = asItWas(of.row, asides);
  const worked: Record<string, Value> = {};
  for (const work of rewriting.works) {
    if (!work.reindex) Object.assign(worked, carriedOver(scope, { work, before }));
  }
  const derived = await derive(scope, rewriting.derive, { ...before, ...worked });
  const after: RecordData = { ...before, ...worked, ...derived };
  const fields = differences(before, after);
  const isGiven = Object.keys(fields).some((key) => key in worked);
  const moved = [...asides.keys()].filter((key) => worked[key] !== null);
  const stored = [...new Set([...Object.keys(fields), ...moved])];
  if (stored.length === 0)
    return rewriting.works.some(({ reindex: again }) => again)
      ? { before, after, change: changeOf(scope, { before, after, fields }) }
      : undefined;
  const stamp = isGiven
    ? { version: Number(before['version']) + 1, updatedAt: instant(scope.ctx.clock), updatedBy: scope.ctx.principal.id }
    : {};
  const changes = Object.fromEntries(
    stored.flatMap((key) => withCompanions(key, after)).map((key) => [key, after[key] ?? null]),
  );
  await updateRecord(scope.tx, scope.entity, { id: String(before['id']), changes: { ...changes, ...stamp } });
  const whole = { ...after, ...stamp };
  return { before, after: whole, change: changeOf(scope, { before, after: whole, fields }) };
}

/** A companion is stored with its field, and the field with its companion. */
function withCompanions(key: string, record: RecordData): readonly string[] {
  const field = key.replace(/:.*$/, '');
  return [field, ...(`${field}:typed` in record ? [`${field}:typed`] : [])];
}

/** The record as it would have read before: old values under the keys of today. */
function asItWas(row: RecordData, asides: ReadonlyMap<string, Field>): RecordData {
  const before: Record<string, Value> = { ...row };
  for (const [key, { key: aside }] of asides) {
    before[key] = row[aside] ?? null;
    delete before[aside];
    delete before[`${aside}:typed`];
  }
  return before;
}

function carriedOver(scope: WriteScope, of: { work: FieldWork; before: RecordData }): RecordData {
  const { work, before } = of;
  const field = scope.entity.fields.get(work.key)!;
  const { currency, country, zone } = scope.organisation;
  const env = createConvertEnv({ currency, country, zone });
  const old = before[work.key] ?? null;
  try {
    const { value, companions } = workedValue(old, {
      field,
      work,
      env: { ...env, ...parseEnv(scope.organisation, before) },
    });
    return { [work.key]: value, ...companions };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    const place = `${scope.entity.name}.${work.key} of ${String(before['id'])}`;
    throw new CasementError('CONFLICT', `${place}: "${textOfValue(old)}" has no place in the field. ${error.message}`, {
      cause: error,
    });
  }
}

async function derive(scope: WriteScope, keys: readonly string[], record: RecordData): Promise<RecordData> {
  if (keys.length === 0) return {};
  const rolled: Record<string, Value> = {};
  for (const key of keys) {
    const field = scope.entity.fields.get(key);
    if (field?.rollup)
      rolled[key] = await computeRollup(scope.tx, field, { id: String(record['id']), model: scope.model });
  }
  // A value that the new formula cannot give is left empty, as it would be for a record written today.
  const { values } = await computeFields(scope, { ...record, ...rolled }, new Set(keys));
  return { ...rolled, ...values };
}

const NOT_IN_LEDGER = new Set(['version', 'updatedAt', 'updatedBy']);

function changeOf(
  scope: WriteScope,
  of: { before: RecordData; after: RecordData; fields: ReturnType<typeof differences> },
): NewChange {
  const { before, after } = of;
  const fields = Object.fromEntries(Object.entries(of.fields).filter(([key]) => !NOT_IN_LEDGER.has(key)));
  return {
    entity: scope.entity,
    record: String(after['id']),
    kind: 'stage' in fields || 'pipeline' in fields ? 'moved' : 'updated',
    fields,
    version: Number(after['version']),
    sides: [before, after],
  };
}

/** What is in the bin stays out of the index. */
async function reindex(scope: WriteScope, rewriting: Rewriting, rewritten: readonly Rewritten[]): Promise<void> {
  const keys = new Set([...rewriting.works.map(({ key }) => key), ...rewriting.derive]);
  const touched = [...scope.entity.fields.values()].filter(({ key }) => keys.has(key));
  const searchable = touched.filter(({ type }) => type.searchText);
  const live = rewritten.filter(({ after }) => after['deletedAt'] === null);
  await reindexRecords(
    scope.tx,
    { entity: scope.entity.name, fields: touched.map(({ key }) => key) },
    live.map(({ after }) => ({ record: String(after['id']), texts: searchTexts(searchable, after) })),
  );
  const { duplicates: rule } = scope.entity;
  if (!rule || ![...rule.same, ...rule.similar].some((key) => keys.has(key))) return;
  const cards = live.map(({ after }) => [String(after['id']), keysOf(cardOf(scope.entity, rule, after))] as const);
  await reindexMatches(scope.tx, scope.entity.name, new Map(cards));
}
