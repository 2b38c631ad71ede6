import type { Records } from '../../records/types.ts';
import { findCard, openDealOf, ownerOf } from '../find-counterpart.ts';
import type { Card, TakeContext } from '../find-counterpart.ts';
import { knownThings } from '../known-things.ts';
import { makeLead } from '../make-lead.ts';
import type { ReceivedMail } from './read-mail.ts';
import type { ReplyTokens } from './reply-token.ts';

/** Where a letter belongs. */
export interface Place {
  readonly how: 'reply' | 'client' | 'lead';
  readonly about: { readonly entity: string; readonly id: string };
  /** Who is responsible there. */
  readonly owner: string | null;
  /** The activity it answers. */
  readonly follows: string | null;
}

interface PlaceDeps {
  readonly records: Records;
  readonly tokens: ReplyTokens;
}

/**
 * By the letter it answers (its Message-ID, which only who has that letter knows) or by the token in the address it was sent to. A number in the
 * subject proves nothing and is not looked at.
 */
export async function placeByThread(deps: PlaceDeps, ctx: TakeContext, mail: ReceivedMail): Promise<Place | null> {
  for (const known of await knownThings(ctx.tx, 'letter', mail.references)) {
    const place = await placeOf(deps.records, ctx, { entity: known.entity, id: known.record });
    if (place) return place;
  }
  const id = deps.tokens.recordIn(mail.to);
  if (id === null) return null;
  for (const entity of aboutTargets(deps.records)) {
    const place = await placeOf(deps.records, ctx, { entity, id });
    if (place) return place;
  }
  return null;
}

interface Named {
  readonly entity: string;
  readonly id: string;
}

/** An activity stands for what it is about; a card that was merged for the one it has become a part of; what is gone is no place. */
async function placeOf(records: Records, ctx: TakeContext, named: Named): Promise<Place | null> {
  const record = await find(records, ctx, named);
  if (record && named.entity === 'activity') {
    const about = referenceOf(record['about']);
    const card = about && (await find(records, ctx, about));
    return about && card
      ? { how: 'reply', about, owner: ownerOf(records, about.entity, card), follows: named.id }
      : null;
  }
  if (record && aboutTargets(records).includes(named.entity))
    return { how: 'reply', about: named, owner: ownerOf(records, named.entity, record), follows: null };
  const into = record ? null : await records.mergedInto(ctx, named);
  return into === null ? null : placeOf(records, ctx, { entity: named.entity, id: into });
}

/** By who says he wrote it, where a person did: at his one open deal, else on his card; a stranger becomes a lead. A machine's letter only goes to a card that is there. */
export async function placeOfSender(
  { records }: PlaceDeps,
  ctx: TakeContext,
  mail: ReceivedMail,
): Promise<Place | null> {
  if (mail.from === null) return null;
  const { address, name } = mail.from;
  const card = await findCard(records, ctx, { email: address });
  if (card) return placeOfCard(records, ctx, card);
  if (mail.nature !== 'person') return null;
  const lead = await makeLead(records, ctx, {
    from: { email: address, ...(name === '' ? {} : { name }) },
    title: mail.subject || name || address,
    source: 'mail',
  });
  const about = lead.deal === null ? { entity: 'contact', id: lead.card.id } : { entity: 'deal', id: lead.deal };
  const record = await find(records, ctx, about);
  return { how: 'lead', about, owner: record && ownerOf(records, about.entity, record), follows: null };
}

async function placeOfCard(records: Records, ctx: TakeContext, card: Card): Promise<Place> {
  const deal = await openDealOf(records, ctx, card);
  const record = deal === null ? null : await find(records, ctx, { entity: 'deal', id: deal });
  const own = { entity: card.entity, id: card.id };
  return {
    how: 'client',
    about: deal === null ? own : { entity: 'deal', id: deal },
    owner: (record && ownerOf(records, 'deal', record)) ?? card.owner,
    follows: null,
  };
}

function aboutTargets(records: Records): readonly string[] {
  return records.model().entities.get('activity')?.fields.get('about')?.reference?.to ?? [];
}

async function find(records: Records, ctx: TakeContext, { entity, id }: Named) {
  if (!records.model().entities.has(entity)) return null;
  const { data } = await records.list(ctx, { entity, filter: { id: { eq: id } }, sort: ['id'], limit: 1 });
  return data[0] ?? null;
}

function referenceOf(value: unknown): Named | null {
  if (typeof value !== 'object' || value === null || !('entity' in value) || !('id' in value)) return null;
  return typeof value.entity === 'string' && typeof value.id === 'string'
    ? { entity: value.entity, id: value.id }
    : null;
}
