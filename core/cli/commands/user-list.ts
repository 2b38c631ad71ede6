import type { Command } from '../command.ts';
import { listPeople } from '../people.ts';
import { withServer } from '../with-server.ts';

/** `casement user list`: who there is. */
export const userListCommand: Command = {
  name: 'user list',
  summary: 'who can log in: address, name, roles',
  about: 'Talks to the running server, if there is one.',
  async run(call) {
    const people = await withServer(call, 'user list', listPeople);
    const rows = people.map(({ email, name, roles, active }) => [
      email,
      name,
      roles.join(',') || '-',
      active ? '' : 'disabled',
    ]);
    const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
    for (const row of rows) {
      const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
      call.print(`${line.trimEnd()}\n`);
    }
  },
};
