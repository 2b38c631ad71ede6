import { setPriority } from 'node:os';
import { settingsOf, text, UsageError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { newControlKey } from '../local-door.ts';
import { openApp, watchOver } from '../run-server.ts';
import { stopOnSignal } from '../stop-on-signal.ts';

/** What people wait for goes before what nobody waits for, where both share a machine. */
const NICE = 10;

/** `casement worker`: runs jobs beside the servers of a PostgreSQL database. */
export const workerCommand: Command = {
  name: 'worker',
  summary: 'run jobs beside the server; any number of workers, PostgreSQL only',
  about: `Automations, timers, mail and whatever else follows from a change. Each job is run by one process; one that dies loses nothing, its jobs
are taken over within 20 seconds. With CASEMENT_JOBS=workers the servers leave all jobs to the workers. Yields the processor to the server.
Ends at SIGTERM or SIGINT after the running jobs, within 20 seconds; what is not done by then goes to another process.`,
  serves: true,
  options: { concurrency: { type: 'string', hint: 'N', text: 'jobs run at once; default 4' } },
  async run(call) {
    const { settings, log } = settingsOf(call);
    if (settings.databaseUrl.startsWith('sqlite:'))
      throw new UsageError(
        'An SQLite file has one process: the server runs its jobs. Workers need DATABASE_URL=postgres://….',
      );
    const concurrency = concurrencyOf(call);
    const { projectDir, plugins, print } = call;
    const choice = {
      projectDir,
      ...(plugins ? { plugins } : {}),
      settings: { ...settings, jobs: 'here' as const },
      log,
      demo: false,
    };
    process.stdout.on('error', () => undefined);
    setPriority(NICE);
    const app = await openApp({ ...choice, ...(concurrency === undefined ? {} : { concurrency }) }, newControlKey());
    try {
      await app.work();
    } catch (error) {
      await app.close();
      throw error;
    }
    watchOver(app, projectDir);
    print('This worker runs jobs.\n');
    stopOnSignal(app, log);
  },
};

function concurrencyOf(call: Call): number | undefined {
  const given = text(call, 'concurrency');
  if (given === undefined) return undefined;
  const count = /^\d{1,3}$/.test(given) ? Number(given) : 0;
  if (count < 1 || count > 100) throw new UsageError('--concurrency must be a number from 1 to 100.');
  return count;
}
