import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context, Principal } from '../../core/context.ts';
import { createActions } from '../../core/automation/actions/built-in.ts';
import type { ActionServices } from '../../core/automation/actions/built-in.ts';
import { createAutomation } from '../../core/automation/create-automation.ts';
import type { AutomationService } from '../../core/automation/create-automation.ts';
import { textOf } from '../../core/automation/describe.ts';
import { findBaseDir } from '../../core/definitions/base-dir.ts';
import { loadModel } from '../../core/definitions/load-model.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import { createFieldTypes } from '../../core/fields/registry.ts';
import { createFiles } from '../../core/files/create-files.ts';
import type { Files } from '../../core/files/create-files.ts';
import { createJobs } from '../../core/jobs/create-jobs.ts';
import type { JobQueue } from '../../core/jobs/types.ts';
import { createRecords } from '../../core/records/create-records.ts';
import type { RecordsService } from '../../core/records/create-records.ts';
import type { ReadQuery } from '../../core/records/types.ts';
import type { Database } from '../../core/storage/database.ts';
import { applyPlan, planSchema } from '../../core/storage/plan.ts';
import { openTestDatabase, silentLog } from './databases.ts';
import type { Dialect } from './databases.ts';

/** The base package and a project's rules on real records, jobs and database, with a clock to turn. */
export interface RuleBench {
  readonly db: Database;
  readonly records: RecordsService;
  readonly files: Files;
  readonly jobs: JobQueue;
  readonly automation: AutomationService;
  now: number;
  readonly clock: { now(): number };
  /** A caller with system rights; as a user when one is named. */
  as(user?: string, extra?: Partial<Context>): Context;
  add(entity: string, input: Readonly<Record<string, unknown>>, ctx?: Context): Promise<string>;
  set(entity: string, id: string, input: Readonly<Record<string, unknown>>, ctx?: Context): Promise<void>;
  all(entity: string, query?: Partial<ReadQuery>): Promise<readonly RecordData[]>;
  /** Turns the clock and runs what is due. */
  at(instant: string | number): Promise<void>;
  /** The same records under a new queue, as after a restart. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export interface RuleBenchOptions {
  readonly dialect: Dialect;
  readonly start: number;
  /** The project's files by path, such as `schemas/automations/greet.json`. */
  readonly project: Readonly<Record<string, unknown>>;
  readonly services: (bench: RuleBench) => ActionServices;
  /** The database as the process has it, such as one that can be killed. */
  readonly through?: (db: Database) => Database;
}

export async function openRuleBench({
  dialect,
  start,
  project,
  services,
  through = (db) => db,
}: RuleBenchOptions): Promise<RuleBench> {
  const dir = await mkdtemp(join(tmpdir(), 'casement-rules-'));
  await writeProject(dir, project);
  const model = loadModel({ projectDir: dir, baseDir: findBaseDir(), fieldTypes: createFieldTypes() });
  const opened = await openTestDatabase(dialect);
  const db = through(opened.db);
  await applyPlan(db, await planSchema(db, model));
  const clock = { now: () => bench.now };
  const files = createFiles({ db, clock, dir: join(dir, 'files'), log: silentLog });
  const compose = () => {
    const records = createRecords({ db, model: () => model, clock, log: silentLog, node: 'test', files });
    const jobs = createJobs({ db, clock, log: silentLog });
    return { records, jobs };
  };
  const principalOf = async (user: string): Promise<Principal> => {
    const [row] = await bench.all('user', { filter: { id: user } });
    return {
      kind: 'user',
      id: user,
      name: textOf(row?.['name'] ?? null),
      roles: row?.['roles'] as string[],
      teamMates: [user],
    };
  };
  const wire = ({ records, jobs }: ReturnType<typeof compose>) => {
    const actions = createActions(services(bench));
    return createAutomation({
      db,
      records,
      jobs,
      clock,
      log: silentLog,
      organisation: () => records.organisation(),
      actions,
      principalOf,
    });
  };
  let parts = compose();
  let automation: AutomationService;
  const system = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;
  const bench: RuleBench = {
    db,
    get records() {
      return parts.records;
    },
    files,
    get jobs() {
      return parts.jobs;
    },
    get automation() {
      return automation;
    },
    now: start,
    clock,
    as: (user, extra = {}) => ({
      principal: user === undefined ? system : { ...system, kind: 'user', id: user, name: user, roles: ['owner'] },
      door: 'api',
      clock,
      log: silentLog,
      locale: 'en',
      ...extra,
    }),
    add: async (entity, input, ctx = bench.as()) =>
      textOf((await bench.records.write(ctx, { op: 'create', entity, input }))['id'] ?? null),
    set: async (entity, id, input, ctx = bench.as()) =>
      void (await bench.records.write(ctx, { op: 'update', entity, id, input })),
    all: async (entity, query = {}) => (await bench.records.list(bench.as(), { entity, sort: ['id'], ...query })).data,
    async at(instant) {
      bench.now = typeof instant === 'string' ? Date.parse(instant) : instant;
      await bench.jobs.drain();
    },
    async restart() {
      await bench.jobs.stop();
      parts = compose();
      automation = wire(parts);
      await parts.records.refreshOrganisation();
      await automation.keepSchedules();
    },
    async close() {
      await bench.jobs.stop();
      await opened.remove();
      await rm(dir, { recursive: true, force: true });
    },
  };
  automation = wire(parts);
  await automation.keepSchedules();
  return bench;
}

async function writeProject(dir: string, project: Readonly<Record<string, unknown>>): Promise<void> {
  const manifest = { name: 'rules', version: '1.0.0', casement: { title: 'Rules', plugins: [] } };
  for (const [path, content] of Object.entries({ 'package.json': manifest, ...project })) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}
