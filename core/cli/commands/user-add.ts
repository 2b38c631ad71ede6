import { checkPassword } from '../../auth/passwords.ts';
import { flag, text } from '../command.ts';
import type { Command } from '../command.ts';
import { addPerson, invitePerson, roleNames, setPassword } from '../people.ts';
import { readPassword } from '../read-password.ts';
import { withServer } from '../with-server.ts';

/** `casement user add EMAIL`: a new person. */
export const userAddCommand: Command = {
  name: 'user add',
  summary: 'a new user, with a link to choose the password',
  about: `Prints the link: it works once, within an hour. With --password the password comes from stdin instead.
Talks to the running server, if there is one; else it opens the database itself.`,
  operands: ['EMAIL'],
  options: {
    name: { type: 'string', hint: 'NAME', text: 'default: the address up to the @' },
    roles: {
      type: 'string',
      hint: 'ROLES',
      text: 'needed: names of roles with commas between them, such as owner,manager',
    },
    password: { type: 'boolean', text: 'read the password from stdin' },
  },
  async run(call) {
    const [email = ''] = call.operands;
    const name = text(call, 'name') ?? email.replace(/@.*$/, '');
    const roles = roleNames(text(call, 'roles') ?? '');
    const password = flag(call, 'password') ? await readPassword() : undefined;
    // Before anything is made; the server asks the same again.
    if (password !== undefined) checkPassword(password, '/password', [name, email]);
    await withServer(call, 'user add', async (server) => {
      const person = await addPerson(server, { name, email, roles });
      if (password !== undefined) {
        await setPassword(server, person, password);
        call.print(`${person.email} can log in.\n`);
      } else {
        const { link } = await invitePerson(server, person);
        call.print(`${person.email} chooses the password here, once, within an hour:\n  ${link}\n`);
      }
    });
  },
};
