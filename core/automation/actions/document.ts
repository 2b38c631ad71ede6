import type { Context } from '../../context.ts';
import type { RecordData } from '../../fields/field-type.ts';
import type { OutwardAction } from '../action-type.ts';
import { textOf } from '../describe.ts';
import { requiredAbout, inputOf, requiredText } from './input.ts';

/** What the action needs of `documents`. The event `document.generated` is the service's, in the transaction of the number. */
export interface DocumentService {
  /** The same key answers the same document. */
  generate(
    ctx: Context,
    request: { readonly template: string; readonly entity: string; readonly id: string; readonly key: string },
  ): Promise<RecordData>;
}

/** Makes a document from a template; printing takes its time, so it runs outside any transaction. */
export function documentAction(documents: DocumentService): OutwardAction {
  return {
    name: 'document',
    kind: 'outward',
    input: inputOf('document'),
    async run(step) {
      const template = requiredText(step.input, 'template');
      const { entity, id } = requiredAbout(step);
      const document = await documents.generate(step.ctx, { template, entity, id, key: step.key });
      const { id: made = null, number = null, file = null } = document;
      step.log(`Made document ${textOf(number ?? made)} from ${template}.`, { id: made });
      return { id: made, number, file };
    },
  };
}
