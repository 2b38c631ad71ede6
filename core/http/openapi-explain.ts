import type { JsonSchema } from '../fields/field-type.ts';
import type { Door } from './openapi-doors.ts';
import { jsonAnswer, members, query } from './openapi-parts.ts';

const text: JsonSchema = { type: 'string' };
const textOrNull: JsonSchema = { type: ['string', 'null'] };
const flag: JsonSchema = { type: 'boolean' };
const verdict = { allowed: flag, limit: { ...textOrNull, description: 'What no role can grant' } };
const rule: JsonSchema = {
  description: 'The level or condition as written; "condition" where it speaks of fields you may not know',
};

const because = members(
  {
    role: text,
    title: text,
    file: { ...text, description: 'The definition that says it' },
    about: { enum: ['row', 'field'] },
    action: text,
    entry: { ...textOrNull, description: 'Where in the role it stands: the entity or *; null: the role is silent' },
    rule,
    matches: { type: ['boolean', 'null'], description: 'Whether it holds for the record' },
    level: { enum: ['hidden', 'read', 'write'] },
    why: text,
    via: { type: 'array', items: { type: 'object' }, description: 'The records whose rights it follows' },
  },
  ['role', 'title', 'file', 'about', 'action', 'entry', 'rule', 'matches'],
);

export const EXPLAIN_DOOR: Door = {
  at: 'get /explain',
  id: 'explain',
  summary:
    'Whether somebody may do something, and which rule of which role decides; about others with the right "users"',
  parameters: [
    { ...query('entity', 'Key of the entity: deal'), required: true },
    query('id', 'One record; without it records in general'),
    query('field', 'One field of it'),
    query('action', 'Default read', { enum: ['read', 'create', 'update', 'delete', 'assign'] }),
    query('user', 'Id of the person; default yourself'),
  ],
  answers: {
    200: jsonAnswer(
      'The verdict',
      members({
        allowed: flag,
        user: members({ id: textOrNull, name: text }),
        action: text,
        entity: text,
        id: textOrNull,
        row: members(verdict),
        field: { anyOf: [members({ key: text, ...verdict }), { type: 'null' }] },
        because: { type: 'array', items: because },
        sentence: { ...text, description: 'All of it for a person' },
      }),
    ),
  },
  errors: [401, 403, 404],
};
