import type { JobInfo } from '../../jobs/types.ts';
import type { Command } from '../command.ts';
import { withServer } from '../with-server.ts';

/** `casement jobs held`: what would run, were it not for the restore. */
export const jobsHeldCommand: Command = {
  name: 'jobs held',
  summary: 'after a restore: the timers, mails and steps of rules that came with it and wait for a decision',
  about: `In the order in which they would run: due instant, id, kind, and what it is about. Those whose instant has passed would run at once.
Talks to the running server, if there is one.`,
  async run(call) {
    const { data } = await withServer(call, 'jobs held', async (server) => {
      return (await server.send('GET', '/jobs?state=held&limit=1000')) as { data: readonly JobInfo[] };
    });
    for (const job of data) call.print(`${job.due}  ${job.id}  ${job.kind}  ${aboutOf(job)}\n`);
    call.print(
      data.length === 0 ? 'Nothing is held.\n' : `${data.length === 1000 ? 'The first 1,000' : data.length} held.\n`,
    );
  },
};

/** The rule and the record of an automation, else the key. */
function aboutOf({ key, payload }: JobInfo): string {
  const { rule, entity, record } =
    typeof payload === 'object' && payload !== null ? (payload as Readonly<Record<string, unknown>>) : {};
  return typeof rule === 'string' ? `${rule} for ${String(entity)}/${String(record)}` : key;
}
