import { createApp } from '../app.ts';
import type { App } from '../app.ts';
import { startWatchdog } from '../app/watchdog.ts';
import type { Log } from '../context.ts';
import { demoLoginsText } from './demo-logins.ts';
import { heldText } from './held-text.ts';
import { newControlKey, showDoor } from './local-door.ts';
import { provideSecret } from './secret.ts';
import { openServingHeap } from './serving-heap.ts';
import { SettingsError } from './settings.ts';
import type { Settings } from './settings.ts';

export interface ServerChoice {
  readonly projectDir: string;
  /** In place of the project's own list; undefined = the project's. */
  readonly plugins?: readonly string[];
  readonly settings: Settings;
  readonly demo: boolean;
  readonly log: Log;
  /** Jobs run at once; undefined = the usual. */
  readonly concurrency?: number;
  print(text: string): void;
}

/** Creates the application, listens, and tells the operator where it is and who can log in. */
export async function runServer(choice: ServerChoice): Promise<App> {
  const { settings, demo } = choice;
  if (demo && settings.isProduction)
    throw new SettingsError(['--demo: Demo data and demo log-ins are never made while NODE_ENV is production.']);
  const controlKey = newControlKey();
  const app = await openApp(choice, controlKey);
  try {
    const { port, local } = await app.listen(settings.port, settings.host);
    const shut = await showDoor(settings.databaseUrl, { url: local, key: controlKey });
    const rest = watchOver(app, choice.projectDir);
    await greet(choice, app, port);
    openServingHeap();
    return {
      ...app,
      async close() {
        rest();
        await shut();
        await app.close();
      },
    };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** From now on a function that never ends, ends the process. Answers how to stop that. */
export function watchOver(app: App, projectDir: string): () => void {
  // The project's own folder may hold everything else.
  const packages = app.model().packages.filter(({ dir }) => dir !== projectDir);
  return startWatchdog({ packages: packages.map(({ name, dir }) => ({ name, dir })) });
}

/** The application of these settings, not listening yet. Commands of this machine show the control key. */
export async function openApp(choice: Omit<ServerChoice, 'print'>, controlKey: string): Promise<App> {
  const { settings, demo, plugins, projectDir, log, concurrency } = choice;
  return createApp({
    projectDir,
    databaseUrl: settings.databaseUrl,
    dataDir: settings.dataDir,
    secret: await provideSecret(settings.secret, settings.dataDir),
    log,
    demo,
    controlKey,
    ...(plugins ? { plugins } : {}),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...pick(settings, ['url', 'trustProxy', 'smtpUrl', 'mailFrom', 'admin', 'jobs', 'environment']),
  });
}

function pick<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Pick<T, K>;
}

/** The address for people, and for the links they get: CASEMENT_URL, else where the server listens. */
export function publicUrl(settings: Settings, port = settings.port): string {
  return settings.url ?? `http://${hostForLink(settings.host)}:${port}`;
}

async function greet({ settings, demo, print }: ServerChoice, app: App, port: number): Promise<void> {
  const url = publicUrl(settings, port);
  print(`Casement is running at ${url}\n`);
  if (settings.url === undefined && settings.isProduction)
    print('CASEMENT_URL is not set: the session cookie is not protected by https.\n');
  const logins = demo ? await demoLoginsText(app, settings.dataDir) : undefined;
  if (logins !== undefined) print(`\nDemo log-ins (kept in demo-logins.txt in the data folder):\n${logins}\n`);
  const { held } = (await app.jobs.figures()).states;
  if (held > 0) print(`\n${heldText(held)}`);
  if (!(await app.auth.hasUsers())) {
    const token = await app.auth.setupToken();
    print(
      `\nNobody can log in yet. Make the first administrator here, within an hour:\n  ${url}/auth/setup?token=${token}\n\n`,
    );
  }
}

function hostForLink(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1' || host === '::1') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
