import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '../app.ts';
import { CasementError } from '../errors.ts';
import { explainError } from './explain-error.ts';
import { loadProject } from './load-project.ts';
import { runServer } from './run-server.ts';
import type { ServerChoice } from './run-server.ts';
import { watchPackages } from './watch-packages.ts';

/** A server that follows the definition files; wrong definitions are printed and the running ones stay. */
export interface DevServer {
  close(): Promise<void>;
}

/** Editors write a file in several steps, and several files at once. */
const QUIET = 100;

export async function runDev(choice: ServerChoice): Promise<DevServer> {
  let app: App | undefined = await runServer(choice);
  let plugins = pluginsOf(choice.projectDir);
  let closed = false;
  let changes = 0;
  let working = Promise.resolve();
  let stopWatching = keepWatch(app);

  function keepWatch(running: App): () => void {
    const stop = watchPackages([choice.projectDir, ...running.model().packages.map(({ dir }) => dir)], onChange);
    // What was saved while nobody watched would else wait for the next save.
    onChange();
    return stop;
  }

  function onChange(): void {
    changes += 1;
    const seen = changes;
    // Only the last change of a burst counts.
    working = Promise.all([working, wait(QUIET)]).then(() => (seen === changes && !closed ? follow() : undefined));
  }

  async function follow(): Promise<void> {
    const now = pluginsOf(choice.projectDir) ?? plugins;
    if (!app || now !== plugins) return restart(now);
    try {
      await reload(choice, app);
    } catch (error) {
      choice.print(`\n${explainError(error)}${remedyOf(error)}The server goes on with the definitions it has.\n`);
    }
  }

  /** Packages came or went: what they bring besides definitions is taken up at the start only. */
  async function restart(now: string | undefined): Promise<void> {
    try {
      // A wrong package must not stop a server that runs.
      loadProject(choice);
      choice.print('\nThe packages changed: starting anew.\n');
      await app?.close();
      app = undefined;
      app = await runServer(choice);
      plugins = now;
      stopWatching();
      stopWatching = keepWatch(app);
    } catch (error) {
      const rest = app ? 'The server goes on with the definitions it has.' : 'The server is stopped.';
      choice.print(`\n${explainError(error)}${rest} Mend this and save.\n`);
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

async function reload(choice: ServerChoice, app: App): Promise<void> {
  const started = performance.now();
  const done = await app.reload();
  if (done === 'exchanged')
    choice.print(`\nA definition changed and is live (${Math.round(performance.now() - started)} ms).\n`);
}

function remedyOf(error: unknown): string {
  if (!(error instanceof CasementError) || error.code !== 'CONFLICT') return '';
  return '"casement plan" shows what it takes, row by row.\n';
}

/** The list of plugins as the project names it; undefined for a file that cannot be read: loading the definitions tells why. */
function pluginsOf(projectDir: string): string | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(projectDir, 'package.json'), 'utf8')) as {
      casement?: { plugins?: unknown };
    };
    return JSON.stringify(manifest.casement?.plugins ?? []);
  } catch {
    return undefined;
  }
}
