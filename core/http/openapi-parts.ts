import type { JsonSchema } from '../fields/field-type.ts';
import { ref } from './openapi-schemas.ts';

/** The small pieces that operations of an OpenAPI document are put together from. */

export type Operation = Readonly<Record<string, unknown>>;

export interface OperationInput {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: readonly unknown[];
  readonly body?: unknown;
  readonly answers: Readonly<Record<number, unknown>>;
  /** Statuses that answer a Problem; 429 and 500 are added to all. */
  readonly errors: readonly number[];
  /** Open to everybody. */
  readonly isPublic?: boolean;
}

export function operation(input: OperationInput): Operation {
  const problem = { description: 'Problem', content: { 'application/problem+json': { schema: ref('Problem') } } };
  const errors = Object.fromEntries([...input.errors, 405, 429, 500].map((status) => [status, problem]));
  return {
    operationId: input.id,
    tags: [input.tag],
    summary: input.summary,
    ...(input.parameters ? { parameters: input.parameters } : {}),
    ...(input.body === undefined ? {} : { requestBody: input.body }),
    ...(input.isPublic ? { security: [] } : {}),
    responses: { ...input.answers, ...errors },
  };
}

export function query(name: string, description: string, schema: JsonSchema = { type: 'string' }) {
  return { name, in: 'query', description, schema };
}

export function path(name: string, schema: JsonSchema = { type: 'string' }) {
  return { name, in: 'path', required: true, schema };
}

export function body(schema: JsonSchema, type = 'application/json') {
  return { required: true, content: { [type]: { schema } } };
}

export function jsonAnswer(description: string, schema: JsonSchema) {
  return answer(description, 'application/json', schema);
}

export function answer(description: string, type: string, schema: JsonSchema) {
  return { description, content: { [type]: { schema } } };
}

export function noAnswer(description: string) {
  return { description };
}

/** An object of exactly these members. */
export function members(
  properties: Readonly<Record<string, JsonSchema>>,
  required = Object.keys(properties),
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/** `{"data": […]}`. */
export function dataOf(items: JsonSchema): JsonSchema {
  return { type: 'object', required: ['data'], properties: { data: { type: 'array', items } } };
}

export const IDEMPOTENCY = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', maxLength: 255 },
  description: 'The same key gives the same answer',
};
