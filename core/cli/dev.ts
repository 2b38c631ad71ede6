import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '../app.ts';
import { explainError } from './explain-error.ts';
import { loadProject } from './load-project.ts';
import { runServer } from './run-server.ts';
import type { ServerChoice } from './run-server.ts';

/** A server that starts anew when a definition changes; wrong definitions are printed and the running server stays. */
export interface DevServer {
  close(): Promise<void>;
}

const QUIET = 300;
const RELEVANT = /\.(json|hbs)$/;

export async function runDev(choice: ServerChoice): Promise<DevServer> {
  let app: App | undefined = await runServer(choice);
  let closed = false;
  let changes = 0;
  let working = Promise.resolve();
  let watchers = watchAll(choice, app, onChange);

  function onChange(): void {
    changes += 1;
    const seen = changes;
    // Editors write a file in several steps; only the last change of a burst counts.
    working = Promise.all([working, wait(QUIET)]).then(() => (seen === changes && !closed ? restart() : undefined));
  }

  async function restart(): Promise<void> {
    try {
      loadProject({ projectDir: choice.projectDir, ...(choice.args.plugins ? { plugins: choice.args.plugins } : {}) });
    } catch (error) {
      choice.print(`\n${explainError(error)}The server goes on with the definitions it has.\n`);
      return;
    }
    try {
      choice.print('\nA definition changed: starting anew.\n');
      await app?.close();
      app = undefined;
      app = await runServer(choice);
      for (const watcher of watchers) watcher.close();
      watchers = watchAll(choice, app, onChange);
    } catch (error) {
      choice.print(`${explainError(error)}The server is stopped. Mend this and save; it will start again.\n`);
    }
  }

  return {
    async close() {
      closed = true;
      for (const watcher of watchers) watcher.close();
      await working;
      await app?.close();
    },
  };
}

/** Watches the definitions of every package, the project's own among them; never `node_modules` or data. */
function watchAll(choice: ServerChoice, app: App, onChange: () => void): readonly FSWatcher[] {
  const dirs = new Set([choice.projectDir, ...app.model().packages.map(({ dir }) => dir)]);
  const folders = [...dirs].flatMap((dir) =>
    ['schemas', 'templates', 'locales', 'seed'].map((name) => `${dir}/${name}`),
  );
  return folders.flatMap((folder) => {
    try {
      return [
        watch(folder, { recursive: true }, (_event, name) =>
          name !== null && RELEVANT.test(name) ? onChange() : undefined,
        ),
      ];
    } catch {
      // Most packages have only some of the folders.
      return [];
    }
  });
}
