import { DefinitionErrors } from '../../definitions/definition-errors.ts';
import type { DefinitionError } from '../../definitions/definition-errors.ts';
import { findMissingTexts } from '../../definitions/missing-texts.ts';
import type { Model } from '../../definitions/model.ts';
import { flag, modelOf } from '../command.ts';
import type { Call, Command } from '../command.ts';

/** `casement check`: reads and checks every definition; touches no database. */
export const checkCommand: Command = {
  name: 'check',
  summary: 'check the definitions and stop',
  about: `Prints every wrong place as file#/pointer: what is wrong. Exit code 0 when all is right, 1 when not.
With --json one object on stdout: {"ok", "hash", "errors": [{"file", "pointer", "message"}]}.`,
  options: {
    strict: { type: 'boolean', text: 'also name every text that a language of the project lacks' },
    json: { type: 'boolean', text: 'answer in JSON, for editors and build servers' },
  },
  async run(call) {
    if (flag(call, 'json')) return checkInJson(call);
    const model = checked(call);
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

/** Throws DefinitionErrors. */
function checked(call: Call): Model {
  const model = modelOf(call);
  const missing = flag(call, 'strict') ? findMissingTexts(model) : [];
  if (missing.length > 0) throw new DefinitionErrors(missing);
  return model;
}

function checkInJson(call: Call): void {
  const tell = (answer: { ok: boolean; hash: string | null; errors: readonly DefinitionError[] }) =>
    call.print(`${JSON.stringify(answer)}\n`);
  try {
    tell({ ok: true, hash: checked(call).hash, errors: [] });
  } catch (error) {
    if (!(error instanceof DefinitionErrors)) throw error;
    tell({ ok: false, hash: null, errors: error.errors });
    process.exitCode = 1;
  }
}
