import type { Command } from '../command.ts';
import { findPerson, setPassword } from '../people.ts';
import { readPassword } from '../read-password.ts';
import { withServer } from '../with-server.ts';

/** `casement user password EMAIL`: sets it from stdin. */
export const userPasswordCommand: Command = {
  name: 'user password',
  summary: "set a user's password, read from stdin",
  about: 'Ends his sessions. Never give a password as an argument: other users of the machine would see it.',
  operands: ['EMAIL'],
  async run(call) {
    const password = await readPassword();
    await withServer(call, 'user password', async (server) => {
      const person = await findPerson(server, call.operands[0] ?? '');
      await setPassword(server, person, password);
      call.print(`The password of ${person.email} is set; his sessions have ended.\n`);
    });
  },
};
