import type { RecordAction, StepInput } from '../action-type.ts';
import { idOf, languageOf } from '../people.ts';
import { fitTexts } from './fit-texts.ts';
import { inputOf, objectIn, requiredText, resultOf } from './input.ts';

/** Makes a record; its texts in the language of whom it is for. */
export const createAction: RecordAction = {
  name: 'create',
  kind: 'record',
  input: inputOf('create'),
  async run(step) {
    const { ctx, records } = step;
    const entity = records.model().entity(requiredText(step.input, 'entity'));
    const reader = entity.owner === undefined ? null : await languageOf(step, setOf(step.input)[entity.owner]);
    const input = fitTexts(entity, setOf(reader === null ? step.input : step.inputIn(reader)));
    const made = await records.write(ctx, { op: 'create', entity: entity.name, input });
    step.log(`Created ${entity.title.toLowerCase()} ${idOf(made['id'])}.`, {
      entity: entity.name,
      id: made['id'] ?? null,
    });
    return resultOf(entity.name, made['id']);
  },
};

function setOf(input: StepInput): Readonly<Record<string, unknown>> {
  return objectIn(input, 'set');
}
