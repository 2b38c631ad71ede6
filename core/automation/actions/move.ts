import type { RecordAction } from '../action-type.ts';
import { objectIn, requiredText, resultOf, targetOf } from './input.ts';

/** Moves the rule's record, or the one named, to a stage; the stage's gate holds as for everybody. */
export const moveAction: RecordAction = {
  name: 'move',
  kind: 'record',
  input: {
    type: 'object',
    properties: {
      to: { type: 'string', 'x-names': 'stage' },
      set: { type: 'object' },
      entity: { type: 'string', 'x-names': 'entity' },
      id: { type: 'string' },
    },
    required: ['to'],
    additionalProperties: false,
  },
  async run(step) {
    const { entity, id } = targetOf(step);
    const stage = requiredText(step.input, 'to');
    await step.records.write(step.ctx, { op: 'update', entity, id, input: { ...objectIn(step.input, 'set'), stage } });
    step.log(`Moved ${entity} ${id} to ${stage}.`);
    return resultOf(entity, id);
  },
};
