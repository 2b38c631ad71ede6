import type { ReceivedDoor } from '../records/received.ts';
import type { Records } from '../records/types.ts';
import type { IncomingMessage } from './channel.ts';
import { findCard, openDealOf, textOf } from './find-counterpart.ts';
import type { TakeContext } from './find-counterpart.ts';
import { cut, makeLead } from './make-lead.ts';
import { takeOnce } from './take-once.ts';

export interface TakeMessageDeps {
  readonly records: Records;
  readonly rules: ReceivedDoor;
}

/** A message of a messenger or the like: on the sender's card, at his one open deal; a stranger becomes a lead. Once, whatever request brings it. */
export async function takeMessage(
  { records, rules }: TakeMessageDeps,
  ctx: TakeContext,
  { channel, message }: { readonly channel: string; readonly message: IncomingMessage },
): Promise<void> {
  if (!(await takeOnce(ctx.tx, { channel: `message ${channel}`, key: message.id.slice(0, 200), now: ctx.clock.now() })))
    return;
  const { from, text, subject } = message;
  const title = subject ?? from.name ?? from.phone ?? from.email ?? channel;
  const card = await findCard(records, ctx, from);
  const lead = card ? null : await makeLead(records, ctx, { from, title, source: 'other' });
  const known = card ?? lead?.card;
  if (!known) return;
  const deal = card ? await openDealOf(records, ctx, card) : (lead?.deal ?? null);
  const about = deal === null ? { entity: known.entity, id: known.id } : { entity: 'deal', id: deal };
  const activity = await records.write(ctx, {
    op: 'create',
    entity: 'activity',
    input: {
      kind: 'message',
      direction: 'in',
      state: 'received',
      subject: cut(title, 200),
      body: cut(text, 10_000),
      at: new Date(message.at).toISOString(),
      about,
      ...(known.entity === 'contact' ? { contact: known.id } : {}),
      counterpart: cut(from.phone ?? from.email ?? from.name ?? '', 255),
      ...(known.owner === null ? {} : { assignee: known.owner }),
    },
  });
  const id = textOf(activity['id']);
  await records.event(ctx, { entity: 'activity', id, kind: 'message.received', data: { channel } });
  await rules.received(ctx, {
    by: 'message',
    name: channel,
    key: message.id.slice(0, 200),
    records: [
      { entity: 'activity', id },
      about,
      ...(about.entity === known.entity ? [] : [{ entity: known.entity, id: known.id }]),
    ],
    data: { text: text.slice(0, 20_000), from: from.phone ?? from.email ?? '', isNew: card === null },
  });
}
