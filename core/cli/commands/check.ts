import { modelOf } from '../command.ts';
import type { Command } from '../command.ts';

/** `casement check`: reads and checks every definition; touches no database. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'check the definitions and stop',
  about: 'Prints every wrong place as file#/pointer: what is wrong. Exit code 0 when all is right, 1 when not.',
  async run(call) {
    const model = modelOf(call);
    const counts = [
      `${model.packages.length} packages`,
      `${model.entities.size} entities`,
      `${model.pipelines.size} pipelines`,
      `${model.automations.size} automations`,
      `${model.roles.size} roles`,
    ];
    call.print(`The definitions are right: ${counts.join(', ')}.\n`);
  },
};
