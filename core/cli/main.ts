import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import type { Log } from '../context.ts';
import { DefinitionErrors } from '../definitions/definition-errors.ts';
import { HELP, parseArguments, UsageError } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { createLog } from './create-log.ts';
import { runDev } from './dev.ts';
import { explainError } from './explain-error.ts';
import { loadProject } from './load-project.ts';
import { runServer } from './run-server.ts';
import { readSettings } from './settings.ts';

const FAILURE = 1;
const USAGE = 2;
/** A little more than the server itself takes to drain. */
const LAST_PATIENCE = 22_000;

/**
 * The `casement` command. Sets the exit code: 0 done or stopped by a signal, 1 refused (definitions, settings, port, database), 2 a
 * wrong command line. Returns once a server is up; the process then lives until a signal.
 */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const args = parseArguments(argv);
    if (args === 'help') print(HELP);
    else if (args === 'version') print(`${version()}\n`);
    else await run(args);
  } catch (error) {
    process.stderr.write(explainError(error));
    if (error instanceof DefinitionErrors) process.stderr.write('Nothing was started.\n');
    process.exitCode = error instanceof UsageError ? USAGE : FAILURE;
  }
}

async function run(args: Arguments): Promise<void> {
  const projectDir = resolve(args.project);
  if (!existsSync(join(projectDir, 'package.json'))) {
    throw new UsageError(`${projectDir} has no package.json, so it is no project. Name the folder with --project DIR.`);
  }
  if (args.command === 'check') return check(args, projectDir);
  const settings = readSettings(process.env, projectDir);
  const isDev = args.command === 'dev';
  const log = createLog(settings.logLevel, isDev || process.stderr.isTTY ? 'pretty' : 'json');
  for (const warning of settings.warnings) log.warn({}, warning);
  const choice = { projectDir, settings, args, log, print };
  const server = isDev ? await runDev(choice) : await runServer(choice);
  stopOnSignal(server, log);
}

function check(args: Arguments, projectDir: string): void {
  const model = loadProject({ projectDir, ...(args.plugins ? { plugins: args.plugins } : {}) });
  const counts = [
    `${model.packages.length} packages`,
    `${model.entities.size} entities`,
    `${model.pipelines.size} pipelines`,
    `${model.automations.size} automations`,
    `${model.roles.size} roles`,
  ];
  print(`The definitions are right: ${counts.join(', ')}.\n`);
}

/** The first signal drains, the second one ends at once. */
function stopOnSignal(server: { close(): Promise<void> }, log: Log): void {
  let stopping = false;
  const stop = (code: number) => {
    if (stopping) process.exit(130);
    stopping = true;
    setTimeout(() => process.exit(FAILURE), LAST_PATIENCE).unref();
    server.close().then(
      () => process.exit(code),
      (error: unknown) => {
        log.error({ err: error }, 'the server did not stop cleanly');
        process.exit(FAILURE);
      },
    );
  };
  process.on('SIGTERM', () => stop(0));
  process.on('SIGINT', () => stop(0));
  // A forgotten promise is a bug to be mended, but no reason to drop everybody's work.
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a rejection that nobody handled'));
  process.on('uncaughtException', (error) => {
    log.error({ err: error }, 'an exception that nobody caught; the server stops');
    stop(FAILURE);
  });
}

function print(text: string): void {
  process.stdout.write(text);
}

function version(): string {
  const path = createRequire(import.meta.url).resolve('@casement/core/package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}
