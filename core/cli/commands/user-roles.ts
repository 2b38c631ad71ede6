import type { Command } from '../command.ts';
import { findPerson, roleNames } from '../people.ts';
import { withServer } from '../with-server.ts';

/** `casement user roles EMAIL ROLES`: gives these roles in place of those he has. */
export const userRolesCommand: Command = {
  name: 'user roles',
  summary: 'give a user these roles in place of those he has',
  about: 'ROLES are names with commas between them, such as owner,manager. Ends his sessions.',
  operands: ['EMAIL', 'ROLES'],
  async run(call) {
    const [email = '', names = ''] = call.operands;
    const roles = roleNames(names);
    await withServer(call, 'user roles', async (server) => {
      const person = await findPerson(server, email);
      await server.send('PATCH', `/api/users/${person.id}`, { roles });
      call.print(`${person.email} has the roles ${roles.join(', ')}.\n`);
    });
  },
};
