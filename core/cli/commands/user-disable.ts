import type { Command } from '../command.ts';
import { findPerson } from '../people.ts';
import { withServer } from '../with-server.ts';

/** `casement user disable EMAIL`: shuts a person out at once. */
export const userDisableCommand: Command = {
  name: 'user disable',
  summary: 'shut a user out: sessions and API keys end at once',
  about: 'His records stay. "casement user enable" lets him in again; his keys stay revoked.',
  operands: ['EMAIL'],
  async run(call) {
    await withServer(call, 'user disable', async (server) => {
      const person = await findPerson(server, call.operands[0] ?? '');
      await server.send('PATCH', `/api/users/${person.id}`, { active: false });
      call.print(`${person.email} is shut out.\n`);
    });
  },
};
