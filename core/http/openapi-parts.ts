import type { JsonSchema } from '../fields/field-type.ts';
import { withHeaders } from './openapi-headers.ts';
import { problem } from './openapi-problems.ts';

/** The small pieces that operations of an OpenAPI document are put together from. */

export type Operation = Readonly<Record<string, unknown>>;

export interface OperationInput {
  readonly id: string;
  readonly tag: string;
  readonly summary: string;
  readonly parameters?: readonly unknown[];
  readonly body?: unknown;
  readonly answers: Readonly<Record<number, object>>;
  /** Statuses that answer a Problem, beside those any door may answer. */
  readonly errors: readonly number[];
  /** Of the errors, those that a plain HTML form gets as a page. */
  readonly pageErrors?: readonly number[];
  /** Open to everybody. */
  readonly isPublic?: boolean;
}

/** A query that is not understood, another method, too many requests, a bug, a database that is away. */
const ANYWHERE = [400, 405, 429, 500, 503];

export function operation(input: OperationInput): Operation {
  const errors = [...ANYWHERE, ...input.errors].map((status) => [
    status,
    problem(status, input.pageErrors?.includes(status) ?? false),
  ]);
  const answers = Object.entries(input.answers).map(([status, answer]) => [status, withHeaders(answer, 'RequestId')]);
  return {
    operationId: input.id,
    tags: [input.tag],
    summary: input.summary,
    ...(input.parameters ? { parameters: input.parameters } : {}),
    ...(input.body === undefined ? {} : { requestBody: input.body }),
    ...(input.isPublic ? { security: [] } : {}),
    responses: Object.fromEntries([...errors, ...answers]),
  };
}

export function query(name: string, description: string, schema: JsonSchema = { type: 'string' }) {
  return { name, in: 'query', description, schema };
}

export function path(name: string, about: Readonly<Record<string, string>> = {}) {
  return { name, in: 'path', required: true, description: about[name] ?? 'Its id', schema: { type: 'string' } };
}

export function body(schema: JsonSchema, ...types: readonly string[]) {
  const named = types.length > 0 ? types : ['application/json'];
  return { required: true, content: Object.fromEntries(named.map((type) => [type, { schema }])) };
}

/** JSON, or the pairs of a plain HTML form. */
export const JSON_OR_FORM = ['application/json', 'application/x-www-form-urlencoded'] as const;

export const IDEMPOTENCY = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', maxLength: 255 },
  description: 'The same key gives the same answer, for a day at least',
};

export function jsonAnswer(description: string, schema: JsonSchema) {
  return answer(description, 'application/json', schema);
}

export function answer(description: string, type: string, schema: JsonSchema) {
  return { description, content: { [type]: { schema } } };
}

/** The same answer as JSON for a program and as a page for a plain HTML form. */
export function jsonOrPage(description: string, schema: JsonSchema) {
  return { description, content: { 'application/json': { schema }, 'text/html': { schema: { type: 'string' } } } };
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
