import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { workingTimeOf } from '../automation/timers.ts';
import { asSystem } from '../context.ts';
import type { Context } from '../context.ts';
import type { Entity, PackageInfo } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordsService } from '../records/create-records.ts';
import { parseDuration } from '../rules/duration.ts';
import { evaluateValue } from '../rules/evaluate-value.ts';
import { parseValue } from '../rules/parse-value.ts';
import { createTextRenderer } from '../rules/render-text.ts';

/** One line of a seed file, checked against its meta-schema by the loader. */
interface SeedItem {
  readonly entity?: string;
  readonly key?: string;
  /** The clock of this write, as a duration from now: `-20d`. */
  readonly at?: string;
  readonly set?: Readonly<Record<string, unknown>>;
  /** Change the one record of a single entity. */
  readonly update?: boolean;
  readonly move?: string;
  readonly to?: string;
  readonly note?: string;
}

interface Seeding {
  readonly records: RecordsService;
  readonly ctx: Context;
  /** Ids and entities of the records made so far, by key. */
  readonly made: Map<string, { readonly entity: string; readonly id: string }>;
  readonly render: (source: string, scope: Readonly<Record<string, unknown>>) => string;
}

/**
 * Writes the packages' seeds through the one write, in one transaction: all or nothing. `demo` adds `seed/demo/`. Automations stay silent
 * but for timers still to come. Throws with file and line number of the wrong item.
 */
export async function seed(
  records: RecordsService,
  ctx: Context,
  packages: readonly PackageInfo[],
  demo: boolean,
): Promise<void> {
  const files = packages.flatMap((info) => [
    ...jsonFiles(info.seedDir),
    ...(demo ? jsonFiles(join(info.seedDir, 'demo')) : []),
  ]);
  const system = asSystem({ ...ctx, door: 'seed' }, 'first data of an empty database');
  await records.transaction(system, async (inside) => {
    const seeding: Seeding = { records, ctx: inside, made: new Map(), render: createTextRenderer().render };
    for (const file of files) await seedFile(seeding, file);
  });
  await records.refreshOrganisation();
}

function jsonFiles(dir: string): readonly string[] {
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => join(dir, name));
}

async function seedFile(seeding: Seeding, file: string): Promise<void> {
  const items = JSON.parse(readFileSync(file, 'utf8')) as readonly SeedItem[];
  for (const [index, item] of items.entries()) {
    try {
      await seedItem(seeding, item);
    } catch (error) {
      if (!(error instanceof CasementError)) throw error;
      const places = error.errors.map((detail) => `${detail.path} ${detail.message}`).join('; ');
      throw new CasementError(error.code, `${file}#/${index}: ${error.message}${places ? ` (${places})` : ''}`, {
        cause: error,
      });
    }
  }
}

async function seedItem(seeding: Seeding, item: SeedItem): Promise<void> {
  const ctx = at(seeding.ctx, item.at);
  if (item.move !== undefined) return moveItem({ ...seeding, ctx }, item);
  const entity = seeding.records.model().entity(item.entity ?? '');
  const input = inputOf({ ...seeding, ctx }, entity, item.set ?? {});
  const record = await (item.update
    ? updateSingle({ ...seeding, ctx }, entity, input)
    : seeding.records.write(ctx, { op: 'create', entity: entity.name, input }));
  if (item.key !== undefined) seeding.made.set(item.key, { entity: entity.name, id: String(record['id']) });
}

/** The clock of one item stands still at its instant. */
function at(ctx: Context, offset: string | undefined): Context {
  if (offset === undefined) return ctx;
  const instant = ctx.clock.now() + parseDuration(offset);
  return { ...ctx, clock: { now: () => instant } };
}

function inputOf(seeding: Seeding, entity: Entity, set: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { records, ctx, made } = seeding;
  const organisation = records.organisation();
  const env = {
    scope: {},
    base: ctx.clock.now(),
    zone: organisation.zone,
    refs: Object.fromEntries([...made].map(([key, { id }]) => [key, id])),
    addWorkingTime: workingTimeOf(records.model(), organisation),
  };
  const values = Object.entries(set).map(([key, json]) => {
    const value = evaluateValue(parseValue(json, { names: [] }), env, seeding.render);
    const to = entity.fields.get(key)?.reference?.to ?? [];
    return [key, to.length > 1 && typeof value === 'string' ? targetOf(seeding, value) : value];
  });
  return Object.fromEntries(values) as Record<string, unknown>;
}

/** A reference to one of several entities needs the name of the entity beside the id. */
function targetOf({ made }: Seeding, id: string) {
  return [...made.values()].find((record) => record.id === id) ?? id;
}

async function updateSingle({ records, ctx }: Seeding, entity: Entity, input: Record<string, unknown>) {
  const { data } = await records.list(ctx, { entity: entity.name, sort: ['id'], limit: 1 });
  const id = data[0]?.['id'];
  if (typeof id !== 'string') return records.write(ctx, { op: 'create', entity: entity.name, input });
  return records.write(ctx, { op: 'update', entity: entity.name, id, input });
}

async function moveItem(seeding: Seeding, item: SeedItem): Promise<void> {
  const target = seeding.made.get(item.move ?? '');
  if (!target)
    throw new CasementError('VALIDATION', `There is no record with the key "${item.move}" before this line.`);
  const input = { ...inputOf(seeding, seeding.records.model().entity(target.entity), item.set ?? {}), stage: item.to };
  const note = item.note === undefined ? {} : { note: item.note };
  await seeding.records.write(seeding.ctx, { op: 'update', entity: target.entity, id: target.id, input, ...note });
}
