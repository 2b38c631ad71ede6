import type { Records } from '../../records/types.ts';
import { knownThings } from '../known-things.ts';
import type { TakeContext } from '../find-counterpart.ts';
import { cut } from '../make-lead.ts';
import type { ReceivedMail } from './read-mail.ts';

/**
 * Notes on a letter of ours that it did not arrive. A report that names no letter of ours, or a delay, says nothing; so nobody who has not
 * got the letter can have it marked.
 */
export async function noteBounce(
  records: Records,
  ctx: TakeContext,
  { bounce }: ReceivedMail,
): Promise<'bounce' | 'ignored'> {
  if (bounce === null || !bounce.isFinal || bounce.messageId === null) return 'ignored';
  const [letter] = await knownThings(ctx.tx, 'letter', [bounce.messageId]);
  if (!letter) return 'ignored';
  const { entity, record: id } = letter;
  const { data } = await records.list(ctx, { entity, filter: { id: { eq: id } }, sort: ['id'], limit: 1 });
  if (!data[0]) return 'ignored';
  const reason = { reason: bounce.reason, recipient: bounce.recipient };
  if (entity === 'activity') {
    const limit = records.model().entity(entity).fields.get('outcome')?.maxLength ?? 255;
    const outcome = cut(`${bounce.recipient ?? ''}: ${bounce.reason}`, limit);
    await records.write(ctx, { op: 'update', entity, id, input: { state: 'bounced', outcome } });
  }
  await records.event(ctx, { entity, id, kind: 'mail.bounced', data: reason });
  return 'bounce';
}
