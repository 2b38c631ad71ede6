import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context, Principal } from '../../core/context.ts';
import { loadModel } from '../../core/definitions/load-model.ts';
import type { Model } from '../../core/definitions/model.ts';
import { createFieldTypes } from '../../core/fields/registry.ts';
import { textOf } from '../../core/documents/record-value.ts';
import { createFiles } from '../../core/files/create-files.ts';
import type { Files } from '../../core/files/create-files.ts';
import { createRecords } from '../../core/records/create-records.ts';
import type { RecordsService } from '../../core/records/create-records.ts';
import type { Database } from '../../core/storage/database.ts';
import { applyPlan, planSchema } from '../../core/storage/plan.ts';
import { openTestDatabase, silentLog } from './databases.ts';
import type { Dialect, TestDatabaseOptions } from './databases.ts';

/** A firm of a few definitions over a real database, for tests of documents and reports. */
export interface SmallFirm {
  readonly dir: string;
  readonly db: Database;
  readonly model: Model;
  readonly records: RecordsService;
  readonly files: Files;
  /** Moves with `at`. */
  readonly clock: { now(): number };
  at(instant: string): void;
  as(principal: Partial<Principal>, locale?: string): Context;
  /** Makes a record with system rights and answers its id. */
  add(entity: string, input: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

/** `documents` are the files of the base package by path, such as `schemas/entities/deal.json`: an object becomes JSON, a text stays. */
export async function openSmallFirm(
  dialect: Dialect,
  documents: Readonly<Record<string, unknown>>,
  options: TestDatabaseOptions = {},
): Promise<SmallFirm> {
  const database = await openTestDatabase(dialect, options);
  const { db, dir } = database;
  await writeFirm(dir, documents);
  const model = loadModel({
    projectDir: join(dir, 'project'),
    baseDir: join(dir, 'base'),
    fieldTypes: createFieldTypes(),
  });
  await applyPlan(db, await planSchema(db, model));
  let now = Date.UTC(2026, 2, 15, 10);
  const clock = { now: () => now };
  const files = createFiles({ db, clock, dir: join(dir, 'files'), log: silentLog });
  const records = createRecords({ db, model: () => model, clock, log: silentLog, node: 'test', files });
  await records.refreshOrganisation();
  const as = (principal: Partial<Principal>, locale = 'en'): Context => ({
    principal: { kind: 'user', id: null, name: 'somebody', roles: [], teamMates: [], ...principal },
    door: 'api',
    clock,
    log: silentLog,
    locale,
  });
  const system = as({ kind: 'system', reason: 'test' });
  return {
    dir,
    db,
    model,
    records,
    files,
    clock,
    as,
    at: (instant) => {
      now = Date.parse(instant);
    },
    add: async (entity, input) => textOf((await records.write(system, { op: 'create', entity, input }))['id']),
    close: () => database.remove(),
  };
}

async function writeFirm(dir: string, documents: Readonly<Record<string, unknown>>): Promise<void> {
  const meta = fileURLToPath(new URL('../../schemas/meta', import.meta.url));
  await mkdir(join(dir, 'base/schemas'), { recursive: true });
  await symlink(meta, join(dir, 'base/schemas/meta'));
  const project = {
    'project/package.json': { name: 'firm', version: '1.0.0', casement: { title: 'Firm', plugins: [] } },
  };
  const base = Object.fromEntries(Object.entries(documents).map(([path, content]) => [`base/${path}`, content]));
  for (const [path, content] of Object.entries({ ...project, ...base })) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}
