import type { JsonSchema } from '../fields/field-type.ts';
import type { Door } from './openapi-doors.ts';
import { answer, body, dataOf, IDEMPOTENCY, jsonAnswer, members, noAnswer } from './openapi-parts.ts';

const text: JsonSchema = { type: 'string' };
const textOrNull: JsonSchema = { type: ['string', 'null'] };
const instant: JsonSchema = { type: 'string', format: 'date-time' };
const instantOrNull: JsonSchema = { anyOf: [instant, { type: 'null' }] };
const flag: JsonSchema = { type: 'boolean' };
const names: JsonSchema = { type: 'array', items: text };
const done = members({ ok: { const: true } });

const channel = members({
  name: text,
  title: text,
  state: { enum: ['off', 'untried', 'working', 'failing'] },
  since: instantOrNull,
  detail: { ...textOrNull, description: 'Of failing: the last reason' },
  settings: {
    type: 'array',
    description: 'What it needs; no value is told',
    items: members({ env: text, title: text, required: flag, isSet: flag }),
  },
});

const webhook = {
  id: { type: 'string', format: 'uuid' },
  url: text,
  entities: { ...names, description: 'Only these; empty = all' },
  kinds: { ...names, description: 'created, updated, moved, deleted, … or an event such as call.missed; empty = all' },
  user: { ...text, description: 'Its maker: it tells what he may see' },
  state: { enum: ['on', 'failing', 'off'] },
  failingSince: instantOrNull,
  lastError: textOrNull,
  createdAt: instant,
} as const;
const secret: JsonSchema = { ...text, description: 'What its requests are signed with; told now and never again' };
const told = members({ ...webhook, secret });
const wanted = { url: text, entities: names, kinds: names, isOn: flag };

const signed = (['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const).map((name) => ({
  name,
  in: 'header',
  schema: { type: 'string', maxLength: 2_000 },
  description: 'As in the Standard Webhooks specification: HMAC-SHA256 over id, time and body',
}));

/** Ways in and out. */
export const CHANNEL_DOORS: readonly Door[] = [
  {
    at: 'get /channels',
    id: 'channels',
    summary: 'The ways in and out, what each needs and how it does; needs the right "channels"',
    answers: { 200: jsonAnswer('All that are known', dataOf(channel)) },
    errors: [401, 403],
  },
  {
    at: 'post /channels/{name}/probe',
    about: { name: 'Of the channel' },
    id: 'probeChannel',
    summary: 'Try whether the other side answers',
    answers: { 200: jsonAnswer('It answers', done) },
    errors: [401, 403, 404, 413, 415],
  },
  {
    at: 'post /calls',
    id: 'startCall',
    summary: 'Call the number on a card; your own phone rings first',
    parameters: [IDEMPOTENCY],
    body: body(members({ entity: text, id: text, field: { ...text, default: 'phone' } }, ['entity', 'id'])),
    answers: { 201: jsonAnswer('The activity, which goes on as the call does', { type: 'object' }) },
    errors: [401, 403, 404, 409, 413, 415, 422],
  },
  {
    at: 'get /webhooks',
    id: 'listWebhooks',
    summary: 'Changes told to other programs; needs the right "channels"',
    answers: { 200: jsonAnswer('All of them', dataOf(members(webhook))) },
    errors: [401, 403],
  },
  {
    at: 'post /webhooks',
    id: 'createWebhook',
    summary: 'Tell changes to another program',
    body: body(members(wanted, ['url'])),
    answers: { 201: jsonAnswer('With its secret', told) },
    errors: [401, 403, 409, 413, 415, 422],
  },
  {
    at: 'post /webhooks/secret',
    id: 'ruleSecret',
    summary: 'What requests of rules to this address are signed with',
    body: body(members({ url: text })),
    answers: { 200: jsonAnswer('The secret', members({ secret: text })) },
    errors: [401, 403, 413, 415, 422],
  },
  {
    at: 'patch /webhooks/{id}',
    id: 'updateWebhook',
    summary: 'Change it, or switch it on again; another address comes with another secret',
    body: body(members(wanted, [])),
    answers: { 200: jsonAnswer('As it is now', members({ ...webhook, secret }, Object.keys(webhook))) },
    errors: [401, 403, 404, 413, 415, 422],
  },
  {
    at: 'delete /webhooks/{id}',
    id: 'deleteWebhook',
    summary: 'Tell it nothing more',
    answers: { 204: noAnswer('Removed') },
    errors: [401, 403, 404, 413, 415],
  },
  {
    at: 'post /webhooks/{id}/rotate',
    id: 'rotateWebhook',
    summary: 'Another secret; the one of now signs for another day, too',
    answers: { 200: jsonAnswer('With its new secret', told) },
    errors: [401, 403, 404, 413, 415],
  },
  {
    at: 'post /hooks/{name}',
    about: { name: 'A channel, or a signed form of the definitions' },
    id: 'receiveHook',
    summary: 'Take a signed request of another program, once',
    isPublic: true,
    parameters: signed,
    body: body({ type: 'object' }),
    answers: { 200: jsonAnswer('Taken', done) },
    errors: [401, 413, 415, 422],
  },
  {
    at: 'get /calendar/{file}',
    about: { file: 'The secret of the address, and .ics' },
    id: 'calendar',
    summary: 'A person’s tasks and visits, for his calendar program',
    isPublic: true,
    answers: { 200: answer('iCalendar', 'text/calendar', text) },
    errors: [404],
  },
  {
    at: 'get /auth/calendar',
    id: 'calendarAddress',
    summary: 'Since when my calendar has an address',
    answers: { 200: jsonAnswer('null: it has none', members({ createdAt: instantOrNull })) },
    errors: [401, 403],
  },
  {
    at: 'post /auth/calendar',
    id: 'createCalendarAddress',
    summary: 'An address for my calendar program; the one before ends',
    answers: { 201: jsonAnswer('The address, told once', members({ path: text, url: textOrNull })) },
    errors: [401, 403, 413, 415],
  },
  {
    at: 'delete /auth/calendar',
    id: 'revokeCalendarAddress',
    summary: 'End the address of my calendar',
    answers: { 204: noAnswer('Ended') },
    errors: [401, 403, 413, 415],
  },
];
