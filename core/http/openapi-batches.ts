import type { JsonSchema } from '../fields/field-type.ts';

/** Shapes of mass edits, batches and undo. Imports none of its neighbours: they all stand on it. */

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const id: JsonSchema = { type: 'string', format: 'uuid' };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

export function exactly(
  properties: Readonly<Record<string, JsonSchema>>,
  required = Object.keys(properties),
): JsonSchema {
  return { type: 'object', required, properties, additionalProperties: false };
}

/** The body of a mass edit. `patch` is the name of the entity's patch; `move` the body of its move, where it has one. */
export function massEditSchema(patch: string, move: JsonSchema | undefined): JsonSchema {
  const changes: Readonly<Record<string, JsonSchema>> = {
    patch: { allOf: [ref(patch), { minProperties: 1 }] },
    ...(move ? { move } : {}),
    delete: { const: true },
    restore: { const: true },
  };
  return {
    ...exactly(
      {
        filter: { type: 'object', description: 'Condition as JSON; one that leaves nothing out is refused' },
        ids: { ...listOf(text), minItems: 1, maxItems: 10_000 },
        ...changes,
        onError: {
          enum: ['stop', 'skip'],
          default: 'stop',
          description: 'stop: all or nothing, the answer is the first refusal; skip: refusals are listed in "failed"',
        },
        dryRun: { type: 'boolean', description: 'Do everything and take it back' },
      },
      [],
    ),
    allOf: [
      { oneOf: [{ required: ['filter'] }, { required: ['ids'] }] },
      { oneOf: Object.keys(changes).map((key) => ({ required: [key] })) },
    ],
  };
}

const MassReport = exactly({
  batch: { ...orNull(id), description: 'Null of a dry run, and when nothing was changed' },
  matched: count,
  changed: count,
  unchanged: { ...count, description: 'Were already as wanted' },
  failed: listOf(exactly({ id: text, code: text, message: text, errors: listOf(ref('ErrorDetail')) })),
});

const person = exactly({ id: orNull(id), name: text });
const instant: JsonSchema = { type: 'string', format: 'date-time' };

const Batch = exactly({
  id,
  kind: { enum: ['massEdit', 'import', 'merge', 'undo', 'apply'] },
  entity: orNull(text),
  title: text,
  by: person,
  startedAt: instant,
  finishedAt: orNull(instant),
  state: {
    enum: ['running', 'done', 'failed', 'interrupted'],
    description: 'interrupted: it lost its process; what it had written stands and can be undone',
  },
  counts: { type: 'object', additionalProperties: count, description: 'Changes by kind, and its own counts' },
  undoOf: orNull(id),
  undoneBy: orNull(id),
});

const UndoReport = exactly({
  batch: {
    ...orNull(id),
    description: 'The undo, a batch itself; null of a dry run, and when nothing could be put back',
  },
  restored: count,
  left: { ...count, description: 'Records left as they are; the first 1,000 are listed' },
  conflicts: listOf(
    exactly({
      entity: text,
      id,
      display: orNull(text),
      code: { ...text, description: 'CONFLICT: changed since, or taken, or still used; else why it was refused' },
      message: text,
      fields: listOf(text),
      by: orNull(person),
      at: orNull(instant),
    }),
  ),
});

const HandOverReport = exactly({
  batch: { ...orNull(id), description: 'Null of a dry run, and when nothing was changed' },
  entities: listOf(
    exactly({
      entity: text,
      matched: count,
      changed: count,
      failed: listOf(exactly({ id: text, code: text, message: text, errors: listOf(ref('ErrorDetail')) })),
    }),
  ),
});

export const BATCH_SCHEMAS: Readonly<Record<string, JsonSchema>> = { MassReport, Batch, UndoReport, HandOverReport };
