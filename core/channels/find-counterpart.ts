import type { Context, Transaction } from '../context.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Records } from '../records/types.ts';
import type { Counterpart } from './channel.ts';

/** The system, in a transaction. */
export type TakeContext = Context & { readonly tx: Transaction };

export interface Card {
  readonly entity: 'contact' | 'company';
  readonly id: string;
  readonly name: string;
  readonly owner: string | null;
}

/** The card of who is on the other side: a contact before a company, the oldest of several; a phone in any spelling. */
export async function findCard(
  records: Records,
  ctx: TakeContext,
  { email, phone: told }: Counterpart,
): Promise<Card | null> {
  const phone = dialable(told);
  for (const entity of ['contact', 'company'] as const) {
    for (const [key, value] of [
      ['phone', phone],
      ['email', email],
    ] as const) {
      if (value === undefined || !records.model().entities.get(entity)?.fields.has(key)) continue;
      const [found] = await first(records, ctx, { entity, filter: { [key]: { eq: value } } });
      if (found)
        return { entity, id: textOf(found['id']), name: textOf(found['name']), owner: ownerOf(records, entity, found) };
    }
  }
  return null;
}

/** One of us, by his phone or address. */
export async function findUser(
  records: Records,
  ctx: TakeContext,
  { email, phone: told }: Counterpart,
): Promise<string | null> {
  const phone = dialable(told);
  for (const filter of [
    phone === undefined ? null : { phone: { eq: phone } },
    email === undefined ? null : { email: { eq: email } },
  ]) {
    if (filter === null) continue;
    const [user] = await first(records, ctx, { entity: 'user', filter: { all: [filter, { active: { ne: false } }] } });
    if (user) return textOf(user['id']);
  }
  return null;
}

/** The one deal of this card that is still open; null when there is none or there are several. */
export async function openDealOf(records: Records, ctx: TakeContext, card: Card): Promise<string | null> {
  const deal = records.model().entities.get('deal');
  const key = card.entity === 'contact' ? 'customer' : 'company';
  if (!deal?.fields.get(key)?.reference) return null;
  const isOpen = deal.fields.has('outcome') ? [{ outcome: null }] : [];
  const found = await first(records, ctx, { entity: 'deal', filter: { all: [{ [key]: card.id }, ...isOpen] } }, 2);
  return found.length === 1 ? textOf(found[0]?.['id']) : null;
}

/** Who is responsible for a record; null when nobody is. */
export function ownerOf(records: Records, entity: string, record: RecordData): string | null {
  const field = records.model().entities.get(entity)?.owner;
  const value = field === undefined ? null : record[field];
  return typeof value === 'string' ? value : null;
}

async function first(
  records: Records,
  ctx: TakeContext,
  of: { readonly entity: string; readonly filter: unknown },
  limit = 1,
): Promise<readonly RecordData[]> {
  return (await records.list(ctx, { ...of, sort: ['id'], limit })).data;
}

/** The number when it is one that a card could hold; exchanges also tell "anonymous", names and internal numbers. */
export function dialable(phone: string | undefined): string | undefined {
  const digits = (phone ?? '').replaceAll(/\D/g, '').length;
  return digits >= 5 && digits <= 15 && !/\p{L}/u.test(phone ?? '') ? phone : undefined;
}

export function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : '';
}
