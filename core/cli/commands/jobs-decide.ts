import { flag, UsageError } from '../command.ts';
import type { Call, Command, Option } from '../command.ts';
import { withServer } from '../with-server.ts';

const OPTIONS: Readonly<Record<string, Option>> = {
  all: { type: 'boolean', text: 'every one' },
  past: { type: 'boolean', text: 'those whose instant has passed' },
  ahead: { type: 'boolean', text: 'those whose instant lies ahead' },
};
const ABOUT = `Of the jobs that a restore has brought ("casement jobs held"). Usual after a backup of some days ago: "casement jobs drop --past", since
that was done before, then "casement jobs run --ahead". Talks to the running server, if there is one.`;
const MOST = 1000;

/** `casement jobs run`: held jobs run when they are due. */
export const jobsRunCommand: Command = {
  name: 'jobs run',
  summary: 'let held jobs run: at once, or when their instant comes',
  about: ABOUT,
  operands: ['ID…?'],
  options: OPTIONS,
  run: (call) => decide(call, 'run'),
};

/** `casement jobs drop`: held jobs never run. */
export const jobsDropCommand: Command = {
  name: 'jobs drop',
  summary: 'never run held jobs',
  about: ABOUT,
  operands: ['ID…?'],
  options: OPTIONS,
  run: (call) => decide(call, 'drop'),
};

async function decide(call: Call, action: 'run' | 'drop'): Promise<void> {
  const choice = choiceOf(call, action);
  const { changed, left } = await withServer(call, `jobs ${action}`, async (server) => {
    return (await server.send('POST', '/jobs/held', { action, ...choice })) as { changed: number; left: number };
  });
  const done = action === 'run' ? 'run when they are due' : 'will not run';
  call.print(`${changed} of the held jobs ${done}; ${left} are still held.\n`);
}

function choiceOf(call: Call, action: string): { readonly ids?: readonly string[]; readonly due?: string } {
  const named = Object.keys(OPTIONS).filter((name) => flag(call, name));
  const ids = call.operands;
  if (named.length + (ids.length > 0 ? 1 : 0) !== 1)
    throw new UsageError(`Say which: casement jobs ${action} --all, --past, --ahead, or ids of jobs.`);
  if (ids.length > MOST) throw new UsageError(`At most ${MOST} ids at once.`);
  if (ids.length > 0) return { ids };
  return named[0] === 'all' ? {} : { due: named[0] ?? '' };
}
