import type { JsonSchema } from '../fields/field-type.ts';
import { exactly } from './openapi-batches.ts';
import type { Door } from './openapi-doors.ts';
import { IDEMPOTENCY, body, jsonAnswer, query } from './openapi-parts.ts';
import { ref } from './openapi-objects.ts';

const page: JsonSchema = exactly({
  data: { type: 'array', items: ref('Batch') },
  next: { type: ['string', 'null'] },
});

export const BATCH_DOORS: readonly Door[] = [
  {
    at: 'get /batches',
    id: 'batches',
    summary: 'Mass edits, imports and undos: mine; with the right "jobs" also those of others',
    parameters: [
      query('limit', 'At most this many', { type: 'integer', minimum: 1, maximum: 1000 }),
      query('after', '"next" of the page before'),
    ],
    answers: { 200: jsonAnswer('Newest first', page) },
    errors: [401],
  },
  {
    at: 'post /batches/hand-over',
    id: 'handOver',
    summary: 'Give the open work of one person to another, as one batch; needs the right "massEdit"',
    parameters: [IDEMPOTENCY],
    body: body(
      exactly(
        {
          from: { type: 'string', description: 'Id of a user' },
          to: { type: 'string', description: 'Id of a user' },
          entities: { type: 'array', items: { type: 'string' }, maxItems: 100 },
          note: { type: 'string', maxLength: 5000 },
          dryRun: { type: 'boolean' },
        },
        ['from', 'to'],
      ),
    ),
    answers: { 200: jsonAnswer('What has come of it', ref('HandOverReport')) },
    errors: [401, 403, 404, 413, 415, 422],
  },
  {
    at: 'get /batches/{id}',
    id: 'batch',
    summary: 'One batch',
    answers: { 200: jsonAnswer('The batch', ref('Batch')) },
    errors: [401, 404],
  },
  {
    at: 'post /batches/{id}/undo',
    id: 'undoBatch',
    summary: 'Put back what the batch has changed and nobody has touched since; the rest is listed. Once',
    parameters: [IDEMPOTENCY],
    body: { ...body(exactly({ dryRun: { type: 'boolean' } }, [])), required: false },
    answers: { 200: jsonAnswer('What has come of it', ref('UndoReport')) },
    errors: [401, 403, 404, 409, 413, 415, 422],
  },
];
