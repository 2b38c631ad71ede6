import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { openChannels } from './app/open-channels.ts';
import type { OpenChannels } from './app/open-channels.ts';
import { latestHlc, nodeName } from './app/node-name.ts';
import { firstData } from './app/first-data.ts';
import type { DemoLogin } from './app/first-data.ts';
import { createSweeper } from './app/sweeper.ts';
import { createDefinitionService } from './app/definition-service.ts';
import type { DefinitionService } from './app/definition-service.ts';
import { openLiveModel } from './app/live-model.ts';
import type { LiveModel, LoadModel } from './app/live-model.ts';
import { listen, stopListening } from './app/serve.ts';
import type { Address } from './app/serve.ts';
import { refuseUnfinishedRestore } from './app/unfinished-restore.ts';
import { createAuth } from './auth/create-auth.ts';
import type { Auth } from './auth/create-auth.ts';
import { actionInputs, createActions } from './automation/actions/built-in.ts';
import { createAutomation } from './automation/create-automation.ts';
import { createTimerKeeper } from './automation/keep-timers.ts';
import type { AutomationService } from './automation/create-automation.ts';
import { workingTimeOf } from './automation/timers.ts';
import type { ChannelType } from './channels/channel.ts';
import { asSystem, systemClock } from './context.ts';
import type { Clock, Context, Log, Principal } from './context.ts';
import { findBaseDir } from './definitions/base-dir.ts';
import { createLoaderBeside } from './definitions/load-beside.ts';
import type { LoaderBeside } from './definitions/load-beside.ts';
import { loadModel } from './definitions/load-model.ts';
import type { Model } from './definitions/model.ts';
import { createDocuments } from './documents/create-documents.ts';
import type { Documents } from './documents/create-documents.ts';
import { loadLetterhead } from './documents/letterhead.ts';
import { createRenderer } from './documents/renderer.ts';
import type { Renderer } from './documents/renderer.ts';
import { createExports } from './exports/create-exports.ts';
import { writeXlsx } from './exports/write-xlsx.ts';
import { createFieldTypes } from './fields/registry.ts';
import { createFiles } from './files/create-files.ts';
import { createImports } from './imports/create-imports.ts';
import type { Imports } from './imports/create-imports.ts';
import { createHttp } from './http/create-server.ts';
import { forgetOldKeys } from './http/idempotency.ts';
import type { Carrier } from './jobs/carrier.ts';
import { createJobs } from './jobs/create-jobs.ts';
import type { JobQueue } from './jobs/types.ts';
import { createRecords } from './records/create-records.ts';
import type { RecordsService } from './records/create-records.ts';
import type { ReceivedDoor } from './records/received.ts';
import { createReports } from './reports/create-reports.ts';
import type { Database } from './storage/database.ts';
import { measureDatabase } from './storage/measured-database.ts';
import type { MeasuredDatabase } from './storage/measured-database.ts';
import { openDatabase } from './storage/open-database.ts';
import { readRenames } from './storage/plan/noted-renames.ts';
import { enterDatabase } from './storage/presence.ts';
import type { Presence } from './storage/presence.ts';

export interface AppOptions {
  /** Folder of the integrator's project. */
  readonly projectDir: string;
  /** In place of the project's `casement.plugins`. */
  readonly plugins?: readonly string[];
  /** `sqlite:PATH` or `postgres://…`. */
  readonly databaseUrl: string;
  /** Files, outbox, secrets. */
  readonly dataDir: string;
  /** At least 32 characters; signs what is handed to browsers. */
  readonly secret: string;
  readonly log: Log;
  readonly clock?: Clock;
  /** Public address; https makes the cookie Secure. */
  readonly url?: string;
  readonly trustProxy?: number | string;
  readonly smtpUrl?: string;
  readonly mailFrom?: string;
  /** Channels beside core's own. */
  readonly channels?: readonly ChannelType[];
  /** Where channels find their settings, such as IMAP_URL: the environment of the process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** First administrator, used only while nobody can log in. */
  readonly admin?: { readonly email: string; readonly password: string };
  /** What commands of this machine show to act as system; made at each start, told to nobody else. */
  readonly controlKey?: string;
  /** Demo data on an empty database, and demo log-ins. */
  readonly demo?: boolean;
  /** `workers`: jobs are left to `casement worker` processes; needs PostgreSQL. Default: this process runs them, too. */
  readonly jobs?: JobsPlace;
  /** Jobs run at once by this process; default 4. */
  readonly concurrency?: number;
}

export type JobsPlace = 'here' | 'workers';

export interface App {
  readonly model: () => Model;
  readonly db: Database;
  readonly records: RecordsService;
  readonly jobs: JobQueue;
  readonly auth: Auth;
  readonly documents: Documents;
  readonly imports: Imports;
  /** The ways in and out: letters, calls, requests of programs. */
  readonly ways: OpenChannels;
  /** What the layers of definitions say, and changes of the overlay. */
  readonly definitions: DefinitionService;
  /** Log-ins made by this start, for the demo users; their passwords are told here and never again. */
  readonly demoLogins: readonly DemoLogin[];
  /**
   * Reads the definition files again and puts them into effect: DefinitionErrors, or CONFLICT when the database needs more than safe steps; the
   * running definitions then stay. Requests, transactions and job runs under way end under those they began with.
   */
  reload(): Promise<'same' | 'exchanged'>;
  /** A context with system rights. */
  system(reason: string): Context;
  /** Starts the workers and takes requests. Port 0 = any free one. Without workers nothing due is run: for one command. */
  listen(port: number, host?: string, options?: { readonly workers: boolean }): Promise<Address>;
  /** Runs jobs and takes no requests. */
  work(): Promise<void>;
  /** Once, however often it is called. Stops taking requests, waits for the running ones and the jobs (at most 20 s), closes the database. */
  close(): Promise<void>;
}

/**
 * The composition root. Opens the database and reads the overlay, loads and checks every definition, adds what the model needs and refuses what
 * is not additive, seeds an empty one. Throws `DefinitionErrors`, or a CasementError that names the remedy; nothing is left open then.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const fieldTypes = createFieldTypes();
  const { projectDir, plugins } = options;
  // The services behind the actions do not exist yet; what the actions take is known without them.
  const actions = actionInputs(createActions(NO_SERVICES));
  const baseDir = findBaseDir();
  const { databaseUrl: url, log, clock = systemClock } = options;
  const given = { projectDir, baseDir, actions, ...(plugins ? { plugins } : {}) };
  const loader = createLoaderBeside({ given, fieldTypes, log });
  const loadFirst: LoadModel = async (overlay) => loadModel({ ...given, fieldTypes, overlay });
  const opened = await openDatabase({ url, projectDir, log });
  let presence: Presence | undefined;
  try {
    const here = await enterDatabase({ url, as: 'server', log });
    presence = here;
    const db = measureDatabase(leaving(opened, here));
    await refuseUnfinishedRestore(db, options.dataDir);
    const live = await openLiveModel({ db, loadFirst, load: loader.load, log, clock, isAlone: () => here.alone() });
    const carrier = db.dialect === 'postgres' ? await openCarrier({ url, log }) : undefined;
    await here.settled();
    return await compose({ ...options, carrier, loader }, db, live);
  } catch (error) {
    await opened.close();
    await presence?.leave();
    throw error;
  }
}

/** Only PostgreSQL has one, and only there it is loaded. */
async function openCarrier(of: { readonly url: string; readonly log: Log }): Promise<Carrier | undefined> {
  const { prepareCarrier } = await import('./jobs/carrier.ts');
  return prepareCarrier(of);
}

/** Closing the database, the process is no longer seen at it. */
function leaving(db: Database, presence: Presence): Database {
  return {
    ...db,
    async close() {
      await db.close();
      await presence.leave();
    },
  };
}

const NO_SERVICES = {
  documents: { generate: () => Promise.reject(new Error('The application is not composed yet.')) },
  mail: { send: () => Promise.reject(new Error('The application is not composed yet.')) },
  outbound: { send: () => Promise.reject(new Error('The application is not composed yet.')) },
};

/** Which fields tell that two records may be of one thing is said by the definitions, so the index follows them. */
async function keepDuplicatesIndex({ duplicates }: RecordsService, live: LiveModel, log: Log): Promise<void> {
  await duplicates.prepare();
  live.onExchange(() => {
    duplicates.prepare().catch((error: unknown) => {
      log.error({ err: error }, 'The index of duplicates could not be made anew; the next start does it');
    });
  });
}

/** With the engine that carries jobs between processes; undefined on SQLite. */
type Composition = AppOptions & { readonly carrier: Carrier | undefined; readonly loader: LoaderBeside };

/** Rules of the clock follow their definitions. */
async function keepSchedules({ automation, log }: { automation: AutomationService; log: Log }, live: LiveModel) {
  await automation.keepSchedules();
  live.onExchange(() => {
    automation.keepSchedules().catch((error: unknown) => {
      log.error({ err: error }, 'The times of rules could not be set anew; the next start does it');
    });
  });
}

type Services = Awaited<ReturnType<typeof openServices>>;

function sweepsOf({ db, clock, files, imports, ways, auth, automation, jobs }: Services) {
  return {
    'unclaimed files': () => files.sweep(),
    'imported tables': () => imports.sweep(),
    'old idempotency keys': () => forgetOldKeys(db, clock),
    'numbers of what came in long ago': () => ways.sweep(),
    'ended sessions and used links': () => auth.sweep(),
    'old runs of rules': () => automation.sweep(),
    'jobs that are long over': () => jobs.prune(),
  };
}

async function compose(options: Composition, db: MeasuredDatabase, live: LiveModel): Promise<App> {
  const services = await openServices(options, db, live);
  const { model, records, jobs, auth, documents, imports, log, system } = services;
  await keepDuplicatesIndex(records, live, log);
  const demoLogins = await firstData(options, services);
  await services.timers.check();
  live.onExchange(() => services.timers.checkSoon());
  await keepSchedules(services, live);
  const sweeper = createSweeper(sweepsOf(services), log);
  const definitions = createDefinitionService({ db, live, records });
  const http = createHttp({
    ...services,
    definitions,
    live,
    forms: {
      addWorkingTime: (from, duration, calendar) =>
        workingTimeOf(model(), records.organisation())(from, duration, calendar),
    },
    settings: httpSettings(options),
  });
  const work = async () => {
    await jobs.start();
    services.ways.start();
  };
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    sweeper.stop();
    live.close();
    http.close();
    await Promise.all([stopListening(http.server), jobs.stop(), imports.stop(), services.ways.stop()]);
    auth.close();
    await Promise.all([services.renderer.stop(), options.loader.stop()]);
    await db.close();
  }
  return {
    model,
    db,
    records,
    jobs,
    auth,
    documents,
    imports,
    ways: services.ways,
    definitions,
    demoLogins,
    system,
    reload: () => live.reload(),
    async listen(port, host = '127.0.0.1', { workers } = { workers: true }) {
      if (workers && options.jobs !== 'workers') await work();
      if (workers) sweeper.start();
      return listen(http.server, port, host);
    },
    work,
    close: () => (closed ??= close()),
  };
}

interface RecordsParts {
  readonly db: MeasuredDatabase;
  readonly clock: Clock;
  readonly log: Log;
  readonly dataDir: string;
}

/** The records with their files; the organisation's own is kept at hand. */
async function openRecords({ db, clock, log, dataDir }: RecordsParts, { model, onExchange }: LiveModel) {
  const files = createFiles({ db, clock, dir: join(dataDir, 'files'), log });
  const renames = await readRenames((fragment) => db.read(fragment));
  const node = await db.transaction(nodeName);
  const records = createRecords({
    ...{ db, model, clock, log, node, files, renames },
    latestHlc: await latestHlc(db, node),
  });
  await records.refreshOrganisation();
  await records.batches.recover();
  onExchange(() => {
    records
      .refreshOrganisation()
      .catch((error: unknown) => log.error({ err: error }, 'The organisation could not be read'));
  });
  return { records, files };
}

/** Everything below HTTP, wired: who watches whom is decided here and nowhere else. */
async function openServices(options: Composition, db: MeasuredDatabase, live: LiveModel) {
  const { log, dataDir } = options;
  const clock = options.clock ?? systemClock;
  const { model } = live;
  const { records, files } = await openRecords({ db, clock, log, dataDir }, live);
  const { organisation } = records;
  const jobs = createJobs({
    ...{ db, clock, log, pin: live.pin, carrier: options.carrier },
    isRunElsewhere: options.jobs === 'workers',
    ...(options.concurrency === undefined ? {} : { settings: { concurrency: options.concurrency } }),
  });
  const renderer = createRenderer({ log });
  const documents = createDocuments({ records, db, files, model, clock, log, renderer, organisation });
  const principalOf = (user: string): Promise<Principal> => auth.principalOf(user);
  // Rules follow what comes in, and send what goes out: each of the two needs the other.
  const rules: ReceivedDoor = { received: (ctx, what) => automation.received(ctx, what) };
  const ways = openChannels(options, { db, records, files, jobs, clock, log, rules, principalOf });
  await ways.webhooks.open();
  const { mail } = ways;
  const language = () => organisation().language;
  const auth = createAuth({ db, clock, records, log, jobs, mail, url: options.url, language });
  const actions = createActions({ documents, mail: ways.letters, outbound: ways.outbound });
  const timers = createTimerKeeper({ db, records, jobs, clock, log, organisation });
  const automation = createAutomation({ db, records, jobs, clock, log, organisation, actions, principalOf });
  const system = (reason: string): Context => ({
    principal: { kind: 'system', id: null, name: 'system', roles: [], teamMates: [], reason },
    door: 'cli',
    clock,
    log,
    locale: organisation().language,
  });
  const imports = createImports({ db, records, clock, jobs, log, principalOf, dir: join(dataDir, 'imports') });
  const exports = createExports({ records });
  const reports = createReports({
    ...{ db, records, model, organisation, jobs, clock, log, principalOf, mail },
    output: reportOutput({ records, model, files, log, renderer }),
  });
  return {
    db,
    model,
    records,
    organisation,
    jobs,
    auth,
    renderer,
    documents,
    files,
    ways,
    imports,
    exports,
    timers,
    actions,
    automation,
    reports,
    clock,
    log,
    system,
  };
}

/** Reports are written by exports and printed by documents, which they do not know. */
function reportOutput({
  renderer,
  ...letterhead
}: Parameters<typeof loadLetterhead>[0] & { readonly renderer: Renderer }) {
  return {
    xlsx: writeXlsx,
    renderer,
    letterhead: (ctx: Context) => loadLetterhead(letterhead, asSystem(ctx, 'letterhead of a report')),
  };
}

function httpSettings({ url, trustProxy, secret, controlKey }: AppOptions) {
  return {
    secret,
    uiDir: builtUi(),
    ...(url === undefined ? {} : { url }),
    ...(controlKey === undefined ? {} : { controlKey }),
    ...(trustProxy === undefined ? {} : { trustProxy }),
  };
}

/** The built admin UI beside its package; null while it is not built. */
function builtUi(): string | null {
  try {
    const dir = join(dirname(createRequire(import.meta.url).resolve('@casement/admin-ui/package.json')), 'dist');
    return existsSync(join(dir, 'index.html')) ? dir : null;
  } catch {
    return null;
  }
}
