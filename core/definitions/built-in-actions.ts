import type { JsonSchema } from '../fields/field-type.ts';

const ENTITY = { type: 'string', 'x-names': 'entity' };
const SET = { type: 'object' };
const ID = { type: 'string' };
const ABOUT = {
  type: 'object',
  properties: { entity: ENTITY, id: ID },
  required: ['entity', 'id'],
  additionalProperties: false,
};
/** A user's id, everybody of a role, or the head of a user's team; `steps` = so many steps up the line of heads, 1 unless told. */
const WHOM = {
  type: ['string', 'object'],
  properties: {
    role: { type: 'string', 'x-names': 'role' },
    headOf: { type: 'string' },
    steps: { type: 'integer', minimum: 1, maximum: 9 },
  },
  minProperties: 1,
  additionalProperties: false,
};

const DURATION = {
  type: 'string',
  pattern: '^(-?P(?=[\\dT])(\\d+W)?(\\d+D)?(T(?=\\d)(\\d+H)?(\\d+M)?(\\d+S)?)?|-?(\\d+(ms|w|d|h|m|s))+)$',
  'x-says': 'is not a duration such as 15m, 2h, 1d, 1h30m or PT15M',
};

function input(properties: JsonSchema, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/**
 * The input of the built-in actions as definitions may write it. `x-names` says which value names an entity, a stage, a
 * role, a template, or holds fields to set, so that a wrong name is refused at boot.
 */
export function builtInActions(): ReadonlyMap<string, JsonSchema> {
  return new Map<string, JsonSchema>([
    ['create', input({ entity: ENTITY, set: SET }, ['entity', 'set'])],
    ['update', input({ set: SET, entity: ENTITY, id: ID }, ['set'])],
    ['move', input({ to: { type: 'string', 'x-names': 'stage' }, set: SET, entity: ENTITY, id: ID }, ['to'])],
    [
      'assign',
      input(
        {
          strategy: { enum: ['roundRobin', 'leastLoaded', 'fixed'] },
          role: { type: 'string', 'x-names': 'role' },
          user: { type: 'string' },
          field: { type: 'string', 'x-names': 'field' },
          always: { type: 'boolean' },
        },
        ['strategy'],
      ),
    ],
    [
      'notify',
      input(
        {
          to: { ...WHOM, type: ['string', 'object', 'array'], items: WHOM },
          title: { type: 'string', minLength: 1 },
          body: { type: 'string' },
          about: ABOUT,
        },
        ['to', 'title'],
      ),
    ],
    ['document', input({ template: { type: 'string', 'x-names': 'template' }, about: ABOUT }, ['template'])],
    [
      'mail',
      input(
        {
          to: { type: 'string' },
          language: { type: 'string' },
          subject: { type: 'string', minLength: 1 },
          body: { type: 'string', minLength: 1 },
          attach: { type: ['string', 'array'], items: { type: 'string' } },
          about: ABOUT,
        },
        ['to', 'subject', 'body'],
      ),
    ],
    ...OTHERS,
  ]);
}

/** What reaches other programs, and what says which steps run, when and for what. */
const OTHERS: readonly (readonly [string, JsonSchema])[] = [
  [
    'webhook',
    input(
      {
        url: { type: 'string', minLength: 1, maxLength: 2000 },
        method: { enum: ['POST', 'PUT', 'GET', 'DELETE'] },
        headers: { type: 'object', additionalProperties: { type: 'string', maxLength: 2000 } },
        body: { type: ['object', 'array', 'string'] },
      },
      ['url'],
    ),
  ],
  ['wait', { ...input({ for: DURATION, until: { type: 'string' } }), minProperties: 1 }],
  ['branch', input({})],
  ['each', { ...input({ entity: ENTITY, list: { type: 'string' }, where: { type: 'object' } }), minProperties: 1 }],
];
