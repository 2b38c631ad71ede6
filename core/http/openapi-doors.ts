import type { JsonSchema } from '../fields/field-type.ts';
import {
  answer,
  body,
  dataOf,
  IDEMPOTENCY,
  jsonAnswer,
  JSON_OR_FORM,
  members,
  noAnswer,
  query,
} from './openapi-parts.ts';
import { JOB_STATES } from '../jobs/types.ts';
import { exactly } from './openapi-batches.ts';
import { AUTOMATION_DOORS } from './openapi-automations.ts';
import { BATCH_DOORS } from './openapi-batch-doors.ts';
import { CHANNEL_DOORS } from './openapi-channel-doors.ts';
import { EXPLAIN_DOOR } from './openapi-explain.ts';
import type { OperationInput } from './openapi-parts.ts';
import { ref } from './openapi-objects.ts';
import { DEFINITION_DOORS } from './openapi-definition-doors.ts';
import { REPORT_DOORS } from './openapi-report-doors.ts';

/** One operation that does not depend on the model. Parameters in braces of its path declare themselves. */
export interface Door extends Omit<OperationInput, 'tag'> {
  /** What the parameters in braces are; one without a word is an id. */
  readonly about?: Readonly<Record<string, string>>;
  readonly at: `${'get' | 'post' | 'put' | 'patch' | 'delete'} /${string}`;
}

const text: JsonSchema = { type: 'string' };
const bytes: JsonSchema = { type: 'string', contentMediaType: 'application/octet-stream' };
const limit = query('limit', 'At most this many', { type: 'integer', minimum: 1, maximum: 1000 });
const names: JsonSchema = { type: 'array', items: text };
const upload: JsonSchema = { type: 'object', required: ['file'], properties: { file: bytes } };
const newKey = members({ name: text, roles: names, expiresAt: { type: ['string', 'null'] } }, ['name', 'roles']);
const madeKey = members({ id: text, key: text, expiresAt: { type: 'string', format: 'date-time' } });
const state = jsonAnswer(
  'State; "jobs" only while those that came with a restore wait for a decision',
  members({ status: { enum: ['ok', 'unavailable'] }, jobs: { const: 'held' } }, ['status']),
);
const count: JsonSchema = { type: 'integer' };
const heldIds: JsonSchema = { type: 'array', maxItems: 1000, items: { type: 'string', format: 'uuid' } };
const heldChoice = exactly({ action: { enum: ['run', 'drop'] }, ids: heldIds, due: { enum: ['past', 'ahead'] } }, [
  'action',
]);
const token = query('token', 'The one-time token of the link');
const openapi: JsonSchema = {
  type: 'object',
  required: ['openapi', 'info', 'paths'],
  properties: { openapi: text, info: { type: 'object' }, paths: { type: 'object' } },
};
const page = answer('The page', 'text/html', text);

const ACCOUNT_DOORS: readonly Door[] = [
  {
    at: 'post /auth/login',
    id: 'login',
    summary: 'Open a session',
    isPublic: true,
    body: body(members({ email: text, password: text })),
    answers: { 200: jsonAnswer('Who you are', members({ user: ref('Identity') })) },
    errors: [401, 403, 413, 415, 422],
  },
  {
    at: 'post /auth/logout',
    id: 'logout',
    summary: 'End the session',
    answers: { 204: noAnswer('Ended') },
    errors: [401, 403, 413, 415],
  },
  {
    at: 'get /auth/me',
    id: 'me',
    summary: 'Who I am',
    answers: { 200: jsonAnswer('Who you are and may', members({ user: ref('Identity'), operations: names })) },
    errors: [401, 403],
  },
  {
    at: 'post /auth/invites',
    id: 'invite',
    summary: 'A one-time link for a person to choose a password',
    body: body(members({ user: text })),
    answers: { 201: jsonAnswer('The link, shown once', members({ token: text, url: text })) },
    errors: [401, 403, 404, 413, 415, 422],
  },
  {
    at: 'get /auth/password',
    id: 'passwordPage',
    summary: 'The page where a person chooses a password',
    isPublic: true,
    parameters: [token],
    answers: { 200: page },
    errors: [401],
  },
  {
    at: 'post /auth/password',
    id: 'choosePassword',
    summary:
      'Choose a password with a one-time token, or with the one of now: then all sessions end and a new cookie comes',
    isPublic: true,
    parameters: [token],
    body: body(
      { oneOf: [members({ token: text, password: text }), members({ current: text, password: text })] },
      ...JSON_OR_FORM,
    ),
    answers: { 204: noAnswer('Saved'), 303: noAnswer('Saved, to the log-in') },
    errors: [401, 403, 413, 415, 422],
    pageErrors: [400, 422, 503],
  },
  {
    at: 'post /auth/reset',
    id: 'resetPassword',
    summary: 'Send a link for a new password to this address, if somebody has it; needs CASEMENT_URL',
    isPublic: true,
    body: body(members({ email: text })),
    answers: { 204: noAnswer('Taken, whoever it is') },
    errors: [401, 403, 413, 415, 422],
  },
  {
    at: 'get /auth/setup',
    id: 'setUpPage',
    summary: 'The page that makes the first administrator',
    isPublic: true,
    parameters: [token],
    answers: { 200: page },
    errors: [401],
  },
  {
    at: 'post /auth/setup',
    id: 'setUp',
    summary: 'Make the first administrator with the token printed at the first start',
    isPublic: true,
    parameters: [token],
    body: body(members({ token: text, name: text, email: text, password: text }), ...JSON_OR_FORM),
    answers: { 201: jsonAnswer('Made', members({ id: text })), 303: noAnswer('Made, to the log-in') },
    errors: [401, 403, 413, 415, 422],
    pageErrors: [400, 422, 503],
  },
  {
    at: 'get /auth/keys',
    id: 'listApiKeys',
    summary: 'My API keys',
    answers: { 200: jsonAnswer('Without their secrets', dataOf(ref('ApiKey'))) },
    errors: [401, 403],
  },
  {
    at: 'post /auth/keys',
    id: 'createApiKey',
    summary: 'Make an API key',
    body: body(newKey),
    answers: { 201: jsonAnswer('The key, shown once', madeKey) },
    errors: [401, 403, 413, 415, 422],
  },
  {
    at: 'delete /auth/keys/{id}',
    id: 'revokeApiKey',
    summary: 'Revoke a key of mine',
    answers: { 204: noAnswer('Revoked') },
    errors: [401, 403, 404],
  },
];

const FILE_DOORS: readonly Door[] = [
  {
    at: 'post /files',
    id: 'uploadFile',
    summary: 'Upload a file; a record takes it by its id',
    parameters: [IDEMPOTENCY],
    body: body(upload, 'multipart/form-data'),
    answers: { 201: jsonAnswer('The file', ref('File')) },
    errors: [401, 403, 413, 415, 422],
  },
  {
    at: 'get /files/{id}',
    id: 'downloadFile',
    summary: 'The bytes, for whoever may read the field that holds the file',
    parameters: [query('inline', 'Show pictures and PDF in the browser', { enum: ['true', 'false'] })],
    answers: { 200: answer('The bytes', '*/*', bytes) },
    errors: [401, 404],
  },
  {
    at: 'post /documents',
    id: 'makeDocument',
    summary: 'Make a document from a template',
    parameters: [IDEMPOTENCY],
    body: body(members({ template: text, entity: text, id: text })),
    answers: {
      201: jsonAnswer('The document record', {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string', format: 'uuid' } },
      }),
    },
    errors: [401, 403, 404, 413, 415, 422],
  },
];

const SYSTEM_DOORS: readonly Door[] = [
  {
    at: 'get /search',
    id: 'search',
    summary: 'Find across entities',
    parameters: [query('q', 'What was typed'), limit],
    answers: { 200: jsonAnswer('The best first', dataOf(ref('SearchHit'))) },
    errors: [401, 422],
  },
  {
    at: 'get /model',
    id: 'model',
    summary: 'The definitions you may see, in your language',
    answers: { 200: jsonAnswer('The definitions', ref('ModelDescription')) },
    errors: [401],
  },
  {
    at: 'get /openapi.json',
    id: 'openapi',
    summary: 'This document',
    answers: { 200: jsonAnswer('OpenAPI 3.1', openapi) },
    errors: [401],
  },
  {
    at: 'get /events',
    id: 'events',
    summary: 'Changes as they happen (SSE)',
    answers: { 200: answer('Stream', 'text/event-stream', text) },
    errors: [401],
  },
  {
    at: 'get /jobs',
    id: 'jobs',
    summary: 'Jobs; needs the right "jobs"',
    parameters: [query('state', 'Only these', { enum: JOB_STATES }), limit],
    answers: { 200: jsonAnswer('Newest first; held ones in the order in which they would run', dataOf(ref('Job'))) },
    errors: [401, 403],
  },
  {
    at: 'post /jobs/held',
    id: 'decideHeldJobs',
    summary:
      'After a restore: whether jobs that came with it shall run. Those named, those whose instant has passed or lies ahead, else all',
    parameters: [IDEMPOTENCY],
    body: body(heldChoice),
    answers: { 200: jsonAnswer('How many, and how many are still held', members({ changed: count, left: count })) },
    errors: [401, 403, 409, 413, 415, 422],
  },
  {
    at: 'get /jobs/{id}/log',
    id: 'jobLog',
    summary: 'What a job did',
    answers: { 200: jsonAnswer('Oldest first', dataOf(ref('JobLogLine'))) },
    errors: [401, 403, 404],
  },
  {
    at: 'post /jobs/{id}/retry',
    id: 'retryJob',
    summary: 'Run a dead job again',
    parameters: [IDEMPOTENCY],
    answers: { 200: jsonAnswer('The job', ref('Job')) },
    errors: [401, 403, 404, 409, 413, 415, 422],
  },
  {
    at: 'get /metrics',
    id: 'metrics',
    summary: 'Figures of the server for Prometheus; needs the right "metrics"',
    answers: { 200: answer('Figures', 'text/plain', text) },
    errors: [401, 403],
  },
  {
    at: 'get /health',
    id: 'health',
    summary: 'Is it up?',
    isPublic: true,
    answers: { 200: state, 503: state },
    errors: [],
  },
];

export const DOORS: readonly Door[] = [
  ...ACCOUNT_DOORS,
  ...FILE_DOORS,
  ...BATCH_DOORS,
  ...AUTOMATION_DOORS,
  EXPLAIN_DOOR,
  ...SYSTEM_DOORS,
  ...DEFINITION_DOORS,
  ...REPORT_DOORS,
  ...CHANNEL_DOORS,
];
