import { flag, settingsOf } from '../command.ts';
import type { Call, Command, Option } from '../command.ts';
import { runServer } from '../run-server.ts';
import type { ServerChoice } from '../run-server.ts';
import { stopOnSignal } from '../stop-on-signal.ts';

export const DEMO: Option = { type: 'boolean', text: 'on an empty database: demo data and demo log-ins' };

/** `casement start`: the server. */
export const startCommand: Command = {
  name: 'start',
  summary: 'check the definitions, open the database, serve',
  about: `Adds to the database what is additive and refuses to start when more is needed: "casement plan" then shows what.
Ends at SIGTERM or SIGINT after the running requests and jobs, within 20 seconds; a second signal ends it at once.`,
  options: { demo: DEMO },
  serves: true,
  async run(call) {
    const choice = serverChoice(call);
    // A full disk or a closed pipe behind stdout is no reason not to serve.
    process.stdout.on('error', () => undefined);
    stopOnSignal(await runServer(choice), choice.log);
  },
};

export function serverChoice(call: Call, style?: 'pretty'): ServerChoice {
  const { projectDir, plugins, print } = call;
  return { projectDir, ...(plugins ? { plugins } : {}), print, demo: flag(call, 'demo'), ...settingsOf(call, style) };
}
