import type { Command } from '../command.ts';
import { runDev } from '../dev.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import { DEMO, serverChoice } from './start.ts';

/** `casement dev`: the server for whoever edits definitions. */
export const devCommand: Command = {
  name: 'dev',
  summary: 'the same with a readable log; follows every change of a definition',
  about: 'A wrong definition is printed, and the server goes on with the last good ones.',
  options: { demo: DEMO },
  serves: true,
  async run(call) {
    const choice = serverChoice(call, 'pretty');
    stopOnSignal(await runDev(choice), choice.log);
  },
};
