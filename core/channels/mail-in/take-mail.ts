import { asSystem } from '../../context.ts';
import type { Clock, Context, Log } from '../../context.ts';
import type { Records } from '../../records/types.ts';
import type { ReceivedDoor } from '../../records/received.ts';
import type { Database } from '../../storage/database.ts';
import { findCard, findUser } from '../find-counterpart.ts';
import type { TakeContext } from '../find-counterpart.ts';
import { knownThings, noteKnown } from '../known-things.ts';
import { countTaken, isTaken, takeOnce } from '../take-once.ts';
import { attach, dropAttachments, keepAttachments } from './keep-attachments.ts';
import type { FileStore, KeptAttachments } from './keep-attachments.ts';
import { noteBounce } from './note-bounce.ts';
import { placeByThread, placeOfSender } from './place-mail.ts';
import type { Place } from './place-mail.ts';
import type { ReceivedMail } from './read-mail.ts';
import type { ReplyTokens } from './reply-token.ts';
import { writeLetter } from './write-letter.ts';

export interface TakeDeps {
  readonly db: Database;
  readonly records: Records;
  readonly files: FileStore;
  readonly rules: ReceivedDoor;
  readonly tokens: ReplyTokens;
  /** The address our own letters come from. */
  readonly own: string;
  /** The server of ours whose word on forged senders counts. */
  readonly trusted?: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Delivery {
  readonly mail: ReceivedMail;
  /** A key for rules: which mailbox. */
  readonly mailbox: string;
  /** When it came, milliseconds. */
  readonly at: number;
  /** In the transaction that takes the letter, or finds that it was taken. */
  advance?(ctx: TakeContext): Promise<void>;
}

/** What has become of a letter. */
export type Taken = 'known' | 'own' | 'bounce' | 'ignored' | 'reply' | 'client' | 'lead';

const CHANNEL = 'mail';
/** Letters of one address in an hour that rules follow: two machines that answer one another are cut off here. */
const NEWS_EACH_HOUR = 20;
const HOUR = 3_600_000;
const FORGED = 'The mail server says that the address of the sender is forged.';

/** Takes one letter, once, whatever its number and however often it is read: all that comes of it is one transaction. */
export async function takeMail(deps: TakeDeps, delivery: Delivery): Promise<Taken> {
  const { mail } = delivery;
  const ctx = mailContext(deps);
  const isOld = await isTaken(deps.db, { channel: CHANNEL, key: mail.digest });
  const wanted = isOld || mail.nature === 'bounce' ? [] : mail.attachments;
  const kept = await keepAttachments(deps.files, ctx, wanted);
  const taken = await deps.records
    .transaction(ctx, async (inside) => {
      await delivery.advance?.(inside);
      const isNew = await takeOnce(inside.tx, { channel: CHANNEL, key: mail.digest, now: deps.clock.now() });
      return isNew ? take(deps, inside, { ...delivery, kept }) : ('known' as const);
    })
    .catch(async (error: unknown) => {
      await dropAttachments(deps.files, kept.files);
      throw error;
    });
  if (taken !== 'reply' && taken !== 'client' && taken !== 'lead') await dropAttachments(deps.files, kept.files);
  return taken;
}

function mailContext({ records, clock, log }: TakeDeps): Context {
  const nobody = { kind: 'public', id: null, name: 'mail', roles: [], teamMates: [] } as const;
  const { languages } = records.model();
  return asSystem(
    { principal: nobody, door: 'mail' as const, clock, log, locale: languages[0] ?? 'en' },
    'a letter that came in',
  );
}

interface Taking extends Delivery {
  readonly kept: KeptAttachments;
}

async function take(deps: TakeDeps, ctx: TakeContext, taking: Taking): Promise<Taken> {
  const { mail } = taking;
  const { records } = deps;
  if (mail.nature === 'bounce') return noteBounce(records, ctx, mail);
  if (await isOwn(deps, ctx, mail)) return 'own';
  const byThread = await placeByThread(deps, ctx, mail);
  if (!byThread && mail.from !== null && (await findUser(records, ctx, { email: mail.from.address }))) return 'ignored';
  const place = byThread ?? (await placeOfSender(deps, ctx, mail));
  if (!place) return 'ignored';
  await keep(deps, ctx, { ...taking, place });
  return place.how;
}

/** A copy of what we sent, or what came back from ourselves: answering it would never end. */
async function isOwn({ own }: TakeDeps, ctx: TakeContext, { from, messageId }: ReceivedMail): Promise<boolean> {
  if (from !== null && from.address.toLowerCase() === own.toLowerCase()) return true;
  return messageId !== null && (await knownThings(ctx.tx, 'letter', [messageId])).length > 0;
}

async function keep(deps: TakeDeps, ctx: TakeContext, taking: Taking & { readonly place: Place }): Promise<void> {
  const { mail, place, kept, mailbox } = taking;
  const { records } = deps;
  const sender = mail.from === null ? null : await findCard(records, ctx, { email: mail.from.address });
  const isForged = deps.trusted !== undefined && mail.forgedBy.includes(deps.trusted.toLowerCase());
  const activity = await writeLetter(records, ctx, {
    mail,
    place,
    at: taking.at,
    contact: sender?.entity === 'contact' ? sender.id : null,
    notes: isForged ? [FORGED, ...kept.refused] : kept.refused,
  });
  await attach(records, ctx, { files: kept.files, about: place.about, activity });
  if (mail.messageId !== null)
    await noteKnown(ctx, 'letter', { id: mail.messageId, entity: 'activity', record: activity });
  if (isForged || mail.nature !== 'person' || !(await isNews(deps, ctx, mail))) return;
  const from = { name: mail.from?.name ?? '', address: mail.from?.address ?? '' };
  await records.event(ctx, {
    entity: 'activity',
    id: activity,
    kind: 'mail.received',
    data: { from: from.address, subject: mail.subject },
  });
  const found = [
    { entity: 'activity', id: activity },
    place.about,
    ...(sender ? [{ entity: sender.entity, id: sender.id }] : []),
  ];
  await deps.rules.received(ctx, {
    by: 'mail',
    name: mailbox,
    key: mail.digest,
    records: found.filter(({ entity }, index) => found.findIndex((other) => other.entity === entity) === index),
    data: {
      from: from.address,
      name: from.name,
      subject: mail.subject,
      text: mail.text.slice(0, 20_000),
      isNew: place.how === 'lead',
    },
  });
}

/** False once an address has written too often within the hour: its letters are kept, and rules do not follow them. */
async function isNews({ clock }: TakeDeps, ctx: TakeContext, { from, digest }: ReceivedMail): Promise<boolean> {
  const prefix = `${(from?.address ?? '').toLowerCase()} `;
  const of = { channel: 'mail from', now: clock.now() };
  await takeOnce(ctx.tx, { ...of, key: prefix + digest });
  return (await countTaken(ctx.tx, { channel: of.channel, prefix, since: of.now - HOUR })) <= NEWS_EACH_HOUR;
}
