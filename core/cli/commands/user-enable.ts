import type { Command } from '../command.ts';
import { findPerson } from '../people.ts';
import { withServer } from '../with-server.ts';

/** `casement user enable EMAIL`: lets a person in again. */
export const userEnableCommand: Command = {
  name: 'user enable',
  summary: 'let a disabled user log in again',
  operands: ['EMAIL'],
  async run(call) {
    await withServer(call, 'user enable', async (server) => {
      const person = await findPerson(server, call.operands[0] ?? '');
      await server.send('PATCH', `/api/users/${person.id}`, { active: true });
      call.print(`${person.email} can log in again.\n`);
    });
  },
};
