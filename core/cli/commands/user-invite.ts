import type { Command } from '../command.ts';
import { findPerson, invitePerson } from '../people.ts';
import { withServer } from '../with-server.ts';

/** `casement user invite EMAIL`: a link to choose a password, the first or a new one. */
export const userInviteCommand: Command = {
  name: 'user invite',
  summary: 'a link with which a user chooses a password, the first or a new one',
  about: 'The link works once, within an hour; a new link makes the one before worthless.',
  operands: ['EMAIL'],
  async run(call) {
    await withServer(call, 'user invite', async (server) => {
      const person = await findPerson(server, call.operands[0] ?? '');
      const { link } = await invitePerson(server, person);
      call.print(`${person.email} chooses the password here, once, within an hour:\n  ${link}\n`);
    });
  },
};
