import type { Field } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { Records } from '../records/types.ts';
import type { Counterpart } from './channel.ts';
import { dialable, textOf } from './find-counterpart.ts';
import type { Card, TakeContext } from './find-counterpart.ts';

export interface Lead {
  readonly card: Card;
  /** Null where this firm has no deals, or they need more than a stranger says. */
  readonly deal: string | null;
}

const NAME_LENGTH = 120;

/** A contact, and a deal at the start of its pipeline, for somebody nobody here knows yet. */
export async function makeLead(
  records: Records,
  ctx: TakeContext,
  of: { readonly from: Counterpart; readonly title: string; readonly source: 'mail' | 'phone' | 'other' },
): Promise<Lead> {
  const { title, source } = of;
  const from = { ...of.from, ...reachable(records, of.from) };
  const name = cut(from.name?.trim() || from.email || from.phone || title, NAME_LENGTH);
  const known = { name, ...(from.email ? { email: from.email } : {}), ...(from.phone ? { phone: from.phone } : {}) };
  const contact = await records.write(ctx, {
    op: 'create',
    entity: 'contact',
    input: { ...known, ...sourceOf(records, 'contact', source) },
  });
  const card: Card = { entity: 'contact', id: textOf(contact['id']), name, owner: null };
  const input = { title: cut(title, NAME_LENGTH), customer: card.id, ...sourceOf(records, 'deal', source) };
  return { card, deal: records.model().entities.has('deal') ? await tryDeal(records, ctx, input) : null };
}

/** What a trade asks of a new deal beyond these words is no reason to lose who asked. */
async function tryDeal(
  records: Records,
  ctx: TakeContext,
  input: Readonly<Record<string, unknown>>,
): Promise<string | null> {
  try {
    return await ctx.tx.savepoint(async (tx) => {
      const deal = await records.write({ ...ctx, tx }, { op: 'create', entity: 'deal', input });
      return textOf(deal['id']);
    });
  } catch (error) {
    if (!(error instanceof CasementError) || error.code !== 'VALIDATION') throw error;
    ctx.log.warn({ err: error }, 'A stranger became a contact without a deal: a deal needs more than he has said');
    return null;
  }
}

/** What a card can hold of it: servers write from `root@localhost`, and exchanges call from "anonymous". */
function reachable(
  records: Records,
  { email, phone }: Counterpart,
): { email?: string | undefined; phone?: string | undefined } {
  const { fields } = records.model().entity('contact');
  return {
    email: email !== undefined && takes(fields.get('email'), email) ? email : undefined,
    phone: takes(fields.get('phone'), phone ?? '') ? dialable(phone) : undefined,
  };
}

/** Whether a field would take the value. */
export function takes(field: Field | undefined, value: string): boolean {
  try {
    return field !== undefined && field.type.parse(value, field, { currency: 'EUR' }) !== undefined;
  } catch (error) {
    if (error instanceof FieldError) return false;
    throw error;
  }
}

function sourceOf(records: Records, entity: string, source: string): Readonly<Record<string, unknown>> {
  const options = records.model().entities.get(entity)?.fields.get('source')?.options ?? [];
  return options.includes(source) ? { source } : {};
}

export function cut(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}
