import type { RecordAction } from '../action-type.ts';
import { fitTexts } from './fit-texts.ts';
import { inputOf, objectIn, resultOf, targetOf } from './input.ts';

/** Changes the rule's record or the one named. */
export const updateAction: RecordAction = {
  name: 'update',
  kind: 'record',
  input: inputOf('update'),
  async run(step) {
    const { ctx, records } = step;
    const { entity, id } = targetOf(step);
    const input = fitTexts(records.model().entity(entity), objectIn(step.input, 'set'));
    await records.write(ctx, { op: 'update', entity, id, input });
    step.log(`Changed ${Object.keys(input).join(', ')} of ${entity} ${id}.`);
    return resultOf(entity, id);
  },
};
