import type { JsonSchema } from '../fields/field-type.ts';

/** Shapes of mass edits, batches and undo. */

const text: JsonSchema = { type: 'string' };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const id: JsonSchema = { type: 'string', format: 'uuid' };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

function exactly(properties: Readonly<Record<string, JsonSchema>>, required = Object.keys(properties)): JsonSchema {
  return { type: 'object', required, properties, additionalProperties: false };
}

/** The body of a mass edit. `patch` is the name of the entity's patch; `move` the body of its move, where it has one. */
export function massEditSchema(patch: string, move: JsonSchema | undefined): JsonSchema {
  const changes: Readonly<Record<string, JsonSchema>> = {
    patch: ref(patch),
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

export const BATCH_SCHEMAS: Readonly<Record<string, JsonSchema>> = { MassReport };
