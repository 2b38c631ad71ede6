import type { RecordAction } from '../action-type.ts';
import { inputOf, objectIn, requiredText, resultOf, targetOf } from './input.ts';

/** Moves the rule's record, or the one named, to a stage; the stage's gate holds as for everybody. */
export const moveAction: RecordAction = {
  name: 'move',
  kind: 'record',
  input: inputOf('move'),
  async run(step) {
    const { entity, id } = targetOf(step);
    const stage = requiredText(step.input, 'to');
    await step.records.write(step.ctx, { op: 'update', entity, id, input: { ...objectIn(step.input, 'set'), stage } });
    step.log(`Moved ${entity} ${id} to ${stage}.`);
    return resultOf(entity, id);
  },
};
