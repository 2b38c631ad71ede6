import type { RecordData } from '../../fields/field-type.ts';
import type { Records } from '../../records/types.ts';
import type { ReceivedDoor } from '../../records/received.ts';
import type { IncomingCall } from '../channel.ts';
import { dialable, findCard, findUser, openDealOf, ownerOf, textOf } from '../find-counterpart.ts';
import type { Card, TakeContext } from '../find-counterpart.ts';
import { knownThings, noteKnown } from '../known-things.ts';
import { cut, makeLead } from '../make-lead.ts';

export interface CallDeps {
  readonly records: Records;
  readonly rules: ReceivedDoor;
}

export interface CallStep {
  readonly channel: string;
  readonly call: IncomingCall;
}

/** Steps may come late or twice: a call never goes back. */
const RANK = { ringing: 0, talking: 1, ended: 2, missed: 2, failed: 2 } as const;

/**
 * Takes one step of a call: its activity on the caller's card is made or goes on, and whoever is called sees the card while it rings. A step that
 * the call has passed only fills in what is missing, such as the recording.
 */
export async function takeCall(deps: CallDeps, ctx: TakeContext, { channel, call }: CallStep): Promise<void> {
  const { records } = deps;
  const key = `${channel}:${call.id}`;
  const known = await knownThings(ctx.tx, 'call', [
    key,
    ...(call.reference === undefined ? [] : [`${channel}:${call.reference}`]),
  ]);
  const id = known[0]?.record;
  const present = id === undefined ? null : await activityOf(records, ctx, id);
  const activity = present ?? (await begin(deps, ctx, call));
  await noteKnown(ctx, 'call', { id: key, entity: 'activity', record: textOf(activity['id']) });
  const isFurther = !present || isAhead(call.state, present['state']);
  await goOn(records, ctx, { activity, call, isFurther });
  if (isFurther) await tell(deps, ctx, { channel, call, activity });
}

function isAhead(state: IncomingCall['state'], present: unknown): boolean {
  const rank = Object.entries(RANK).find(([name]) => name === present)?.[1] ?? -1;
  return RANK[state] > rank;
}

async function activityOf(records: Records, ctx: TakeContext, id: string): Promise<RecordData | null> {
  const { data } = await records.list(ctx, { entity: 'activity', filter: { id: { eq: id } }, sort: ['id'], limit: 1 });
  return data[0] ?? null;
}

/** The activity of a call that is new here. Whoever calls and is not known becomes a lead; whom we call does not. */
async function begin({ records }: CallDeps, ctx: TakeContext, call: IncomingCall): Promise<RecordData> {
  const { phone } = call.with;
  const card = phone === undefined ? null : await findCard(records, ctx, { phone });
  const user = call.user === undefined ? null : await findUser(records, ctx, { phone: call.user });
  const about = await placeOf(records, ctx, { call, card });
  const owner = user ?? card?.owner ?? about?.owner ?? null;
  const input = {
    kind: 'call',
    direction: call.direction,
    subject: cut(about?.name ?? call.with.name ?? phone ?? '–', 200),
    at: new Date(call.at ?? ctx.clock.now()).toISOString(),
    ...(phone === undefined ? {} : { counterpart: cut(phone, 255) }),
    ...(about
      ? { about: { entity: about.entity, id: about.id }, ...(about.contact ? { contact: about.contact } : {}) }
      : {}),
    ...(owner === null ? {} : { assignee: owner }),
  };
  return records.write(ctx, { op: 'create', entity: 'activity', input });
}

interface CallPlace {
  readonly entity: string;
  readonly id: string;
  readonly name: string;
  readonly owner: string | null;
  readonly contact: string | null;
}

async function placeOf(
  records: Records,
  ctx: TakeContext,
  { call, card }: { readonly call: IncomingCall; readonly card: Card | null },
): Promise<CallPlace | null> {
  const { name } = call.with;
  const phone = dialable(call.with.phone);
  if (!card) {
    if (phone === undefined || call.direction === 'out') return null;
    const title = name ?? phone;
    const lead = await makeLead(records, ctx, {
      from: { phone, ...(name === undefined ? {} : { name }) },
      title,
      source: 'phone',
    });
    const own = { name: lead.card.name, owner: null, contact: lead.card.id };
    return lead.deal === null
      ? { entity: 'contact', id: lead.card.id, ...own }
      : { entity: 'deal', id: lead.deal, ...own };
  }
  const deal = await openDealOf(records, ctx, card);
  const contact = card.entity === 'contact' ? card.id : null;
  if (deal === null) return { ...card, contact };
  const { data } = await records.list(ctx, { entity: 'deal', filter: { id: { eq: deal } }, sort: ['id'], limit: 1 });
  return {
    entity: 'deal',
    id: deal,
    name: card.name,
    owner: data[0] ? ownerOf(records, 'deal', data[0]) : null,
    contact,
  };
}

interface Step {
  readonly activity: RecordData;
  readonly call: IncomingCall;
  readonly isFurther: boolean;
}

async function goOn(records: Records, ctx: TakeContext, { activity, call, isFurther }: Step): Promise<void> {
  const recording = call.recording !== undefined && /^https?:\/\//.test(call.recording) ? call.recording : undefined;
  const input = {
    ...(isFurther ? { state: call.state } : {}),
    ...(call.seconds === undefined ? {} : { duration: `PT${Math.round(call.seconds)}S` }),
    ...(recording === undefined ? {} : { recording }),
  };
  if (Object.keys(input).length === 0) return;
  await records.write(ctx, { op: 'update', entity: 'activity', id: textOf(activity['id']), input });
}

/** The event for rules and live screens; while it rings, a notice with the card for who is called. */
async function tell(
  { records, rules }: CallDeps,
  ctx: TakeContext,
  { channel, call, activity }: CallStep & { readonly activity: RecordData },
): Promise<void> {
  const id = textOf(activity['id']);
  const phone = call.with.phone ?? null;
  await records.event(ctx, {
    entity: 'activity',
    id,
    kind: `call.${call.state}`,
    data: { phone, direction: call.direction },
  });
  const about = referenceOf(activity['about']);
  const { assignee } = activity;
  if (call.state === 'ringing' && call.direction === 'in' && typeof assignee === 'string') {
    const title = cut(`☎ ${textOf(activity['subject'])}`, 200);
    const input = { title, body: phone, user: assignee, about: about ?? { entity: 'activity', id } };
    await records.write(ctx, { op: 'create', entity: 'notification', input });
  }
  const contact = activity['contact'];
  await rules.received(ctx, {
    by: 'call',
    name: channel,
    key: `${call.id}:${call.state}`.slice(-200),
    records: [
      { entity: 'activity', id },
      ...(about ? [about] : []),
      ...(typeof contact === 'string' && about?.entity !== 'contact' ? [{ entity: 'contact', id: contact }] : []),
    ],
    data: { state: call.state, direction: call.direction, phone },
  });
}

function referenceOf(value: unknown): { readonly entity: string; readonly id: string } | null {
  if (typeof value !== 'object' || value === null || !('entity' in value) || !('id' in value)) return null;
  return typeof value.entity === 'string' && typeof value.id === 'string'
    ? { entity: value.entity, id: value.id }
    : null;
}
