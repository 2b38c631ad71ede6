import { OVERLAY_KINDS } from '../definitions/overlay.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { withHeaders } from './openapi-headers.ts';
import type { Door } from './openapi-doors.ts';
import { body, dataOf, jsonAnswer, members, noAnswer, query } from './openapi-parts.ts';

const text: JsonSchema = { type: 'string' };
const object: JsonSchema = { type: 'object' };
const kind: JsonSchema = { enum: OVERLAY_KINDS };
const dryRun = query('dryRun', 'Only say what is wrong and what it would do', { enum: ['true', 'false'] });
const verdict = members({ errors: { type: 'array', items: object }, plan: { type: 'array', items: object } });
const history = members({ data: { type: 'array', items: object }, next: { type: ['string', 'null'] } });

const PLACE = { kind: 'Kind of the definition', name: 'Its key' };

/** The doors to definitions; all need the right "definitions". */
export const DEFINITION_DOORS: readonly Door[] = [
  {
    at: 'get /definitions',
    id: 'listDefinitions',
    summary: 'What every package and the overlay say; needs the right "definitions"',
    parameters: [query('kind', 'Only these', kind)],
    answers: { 200: jsonAnswer('In the order of the layers', dataOf(object)) },
    errors: [400, 401, 403],
  },
  {
    at: 'post /definitions/check',
    id: 'checkDefinition',
    summary: 'What is wrong with a document, and what it would do to the tables',
    body: body(members({ kind, name: text, document: { type: ['object', 'null'] } })),
    answers: { 200: jsonAnswer('Errors by file#/pointer, and the steps', verdict) },
    errors: [400, 401, 403, 404, 409, 412, 413, 415],
  },
  {
    at: 'get /definitions/{kind}/{name}',
    about: PLACE,
    id: 'definition',
    summary: 'What each layer says of one definition',
    answers: { 200: withHeaders(jsonAnswer('The layers; ETag is the version of the overlay', object), 'ETag') },
    errors: [400, 401, 403, 404],
  },
  {
    at: 'get /definitions/{kind}/{name}/changes',
    id: 'definitionChanges',
    summary: 'What was written into the overlay under this name, by whom and when, newest first',
    parameters: [
      query('limit', 'At most this many', { type: 'integer', minimum: 1, maximum: 1000 }),
      query('after', '"next" of the page before'),
    ],
    answers: { 200: jsonAnswer('One page', history) },
    errors: [400, 401, 403, 404],
  },
  {
    at: 'put /definitions/{kind}/{name}',
    about: PLACE,
    id: 'saveDefinition',
    summary: 'Write a document or a patch into the overlay; live at once',
    parameters: [dryRun],
    body: body(object),
    answers: { 200: jsonAnswer('What each layer says now; of a dry run errors and steps', object) },
    errors: [400, 401, 403, 404, 409, 412, 413, 415, 422, 503],
  },
  {
    at: 'delete /definitions/{kind}/{name}',
    about: PLACE,
    id: 'dropDefinition',
    summary: 'Take it out of the overlay: back to what the packages say',
    parameters: [dryRun],
    answers: {
      200: jsonAnswer('What is left; of a dry run errors and steps', object),
      204: noAnswer('Nothing is left'),
    },
    errors: [400, 401, 403, 404, 409, 412, 422, 503],
  },
];
