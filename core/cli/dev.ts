import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '../app.ts';
import type { Model } from '../definitions/model.ts';
import { planSchema, refuseUnsafe } from '../storage/plan.ts';
import { explainError } from './explain-error.ts';
import { loadProject } from './load-project.ts';
import { runServer } from './run-server.ts';
import type { ServerChoice } from './run-server.ts';
import { watchFolders } from './watch-folders.ts';

/** A server that starts anew when a definition changes; wrong definitions are printed and the running server stays. */
export interface DevServer {
  close(): Promise<void>;
}

const QUIET = 300;

export async function runDev(choice: ServerChoice): Promise<DevServer> {
  let app: App | undefined = await runServer(choice);
  let closed = false;
  let changes = 0;
  let working = Promise.resolve();
  let stopWatching = keepWatch(app);

  function keepWatch(running: App): () => void {
    const stop = watchFolders(foldersOf(choice, running), onChange);
    // What was saved while nobody watched would else wait for the next save.
    if (hasChangedSince(choice, running)) onChange();
    return stop;
  }

  function onChange(): void {
    changes += 1;
    const seen = changes;
    // Editors write a file in several steps; only the last change of a burst counts.
    working = Promise.all([working, wait(QUIET)]).then(() => (seen === changes && !closed ? restart() : undefined));
  }

  async function restart(): Promise<void> {
    try {
      const model = load(choice);
      if (app) refuseUnsafe(await planSchema(app.db, model));
    } catch (error) {
      const rest = app ? 'The server goes on with the definitions it has.' : 'The server is stopped.';
      choice.print(`\n${explainError(error)}${rest}\n`);
      return;
    }
    try {
      choice.print('\nA definition changed: starting anew.\n');
      await app?.close();
      app = undefined;
      app = await runServer(choice);
      stopWatching();
      stopWatching = keepWatch(app);
    } catch (error) {
      choice.print(`${explainError(error)}The server is stopped. Mend this and save; it will start again.\n`);
    }
  }

  return {
    async close() {
      closed = true;
      stopWatching();
      await working;
      await app?.close();
    },
  };
}

function load({ projectDir, plugins }: ServerChoice): Model {
  return loadProject({ projectDir, ...(plugins ? { plugins } : {}) });
}

function hasChangedSince(choice: ServerChoice, app: App): boolean {
  try {
    return load(choice).hash !== app.model().hash;
  } catch {
    return true;
  }
}

/** The definitions of every package, the project's own among them; never `node_modules` or data. */
function foldersOf(choice: ServerChoice, app: App): readonly string[] {
  const dirs = new Set([choice.projectDir, ...app.model().packages.map(({ dir }) => dir)]);
  return [...dirs].flatMap((dir) => ['schemas', 'templates', 'locales', 'seed'].map((name) => join(dir, name)));
}
