import type { Context } from '../../core/context.ts';
import { asSystem } from '../../core/context.ts';
import { upgradeDatabase } from '../../core/app/upgrade/apply-plan.ts';
import type { Upgrade, Upgraded } from '../../core/app/upgrade/apply-plan.ts';
import { rollbackDatabase } from '../../core/app/upgrade/rollback.ts';
import type { Model } from '../../core/definitions/model.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import { createRecords } from '../../core/records/create-records.ts';
import type { RecordsService } from '../../core/records/create-records.ts';
import type { Database } from '../../core/storage/database.ts';
import { planSchema } from '../../core/storage/plan.ts';
import type { SchemaPlan } from '../../core/storage/plan.ts';
import { NO_ANSWERS } from '../../core/storage/plan/answers.ts';
import type { Answers } from '../../core/storage/plan/answers.ts';
import { readRenames } from '../../core/storage/plan/noted-renames.ts';
import { silentLog } from './databases.ts';
import type { TestDatabase } from './databases.ts';
import { loadFiles } from './definitions.ts';
import type { Files } from './definitions.ts';

type Json = Readonly<Record<string, unknown>>;

/** A definition file of an entity; `properties` are all its text needs. */
export function entityFile(name: string, properties: Json, more: Json = {}): Files {
  const { 'x-entity': about, ...rest } = more as { readonly 'x-entity'?: Json };
  return {
    [`schemas/entities/${name}.json`]: {
      $id: name,
      title: name,
      type: 'object',
      'x-entity': { plural: `${name.toLowerCase()}s`, display: '{{name}}', ...about },
      properties: { name: { type: 'string', maxLength: 80 }, ...properties },
      additionalProperties: false,
      ...rest,
    },
  };
}

/** Records under one set of definitions, and the same records under the next. */
export interface UpgradeLab {
  readonly db: Database;
  readonly dir: string;
  readonly model: Model;
  readonly records: RecordsService;
  add(entity: string, input: Json): Promise<string>;
  plan(answers?: Partial<Answers>): Promise<SchemaPlan>;
  apply(answers?: Partial<Answers>, more?: Partial<Upgrade>): Promise<Upgraded>;
  rollback(discardChanges?: boolean): Promise<unknown>;
  /** Other definitions over the same database. Changes nothing there. */
  redefine(files: Files): Promise<UpgradeLab>;
  /** Every record, oldest first, with these fields. */
  read(entity: string, fields: readonly string[]): Promise<readonly RecordData[]>;
  /** One field of every record, oldest first. */
  values(entity: string, field: string): Promise<readonly unknown[]>;
  readonly ctx: Context;
}

const clock = { now: () => Date.UTC(2026, 2, 15, 10) };

/** Definitions applied to a fresh database. */
export async function openLab(database: TestDatabase, files: Files): Promise<UpgradeLab> {
  const lab = await labOf(database, files);
  await lab.apply();
  return lab;
}

async function labOf(database: TestDatabase, files: Files): Promise<UpgradeLab> {
  const { db, dir } = database;
  const model = loadFiles(files);
  const isThere = (await planSchema(db, model)).steps.every(({ table }) => table !== '_meta');
  const renames = isThere ? await readRenames((fragment) => db.read(fragment)) : [];
  const records = createRecords({ db, model: () => model, clock, log: silentLog, node: 'test', renames });
  const nobody = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;
  const ctx = asSystem<Context>({ principal: nobody, door: 'cli', clock, log: silentLog, locale: 'en' }, 'test');
  const read = async (entity: string, fields: readonly string[]) => {
    const { data } = await records.list(ctx, { entity, fields, sort: ['id'], limit: 1000 });
    return data.map((record) => Object.fromEntries(Object.entries(record).filter(([key]) => key !== 'id')));
  };
  return {
    db,
    dir,
    model,
    records,
    ctx,
    add: async (entity, input) => String((await records.write(ctx, { op: 'create', entity, input }))['id']),
    plan: (answers = {}) => planSchema(db, model, { ...NO_ANSWERS, ...answers }),
    apply: (answers = {}, more = {}) =>
      upgradeDatabase({
        db,
        model,
        clock,
        log: silentLog,
        dataDir: dir,
        answers: { ...NO_ANSWERS, ...answers },
        ...more,
      }),
    rollback: (discardChanges = false) => rollbackDatabase({ db, dataDir: dir, discardChanges }),
    redefine: (next) => labOf(database, next),
    read,
    values: async (entity, field) => (await read(entity, [field])).map((record) => record[field]),
  };
}
