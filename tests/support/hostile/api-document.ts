import type { App } from '../../../core/app.ts';
import { accessOf } from '../../../core/access/access.ts';
import type { Entity } from '../../../core/definitions/model.ts';
import { describeApi } from '../../../core/http/openapi.ts';

export type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly required?: boolean;
  readonly schema: Json;
}

/** One operation of the document. */
export interface ApiOperation {
  readonly id: string;
  readonly method: string;
  /** With its braces. */
  readonly path: string;
  /** Whose records it is about; none for the doors that do not depend on the model. */
  readonly entity?: Entity;
  readonly parameters: readonly Parameter[];
  /** Media types and what is taken; the types of a form are those of the JSON. */
  readonly body?: { readonly types: readonly string[]; readonly schema: Json; readonly required: boolean };
}

export interface ApiDocument {
  readonly json: Json;
  readonly operations: readonly ApiOperation[];
  /** The schema behind a `$ref`, and any other schema as it is. */
  resolve(schema: Json): Json;
}

/** The document as somebody sees it who may do everything. */
export function readApi(app: App): ApiDocument {
  const model = app.model();
  const json = describeApi(model, accessOf(model, app.system('hostile').principal));
  const paths = json['paths'] as Record<string, Record<string, unknown>>;
  const { schemas } = json['components'] as { schemas: Record<string, Json> };
  const operations = Object.entries(paths).flatMap(([path, item]) => {
    const shared = (item['parameters'] ?? []) as readonly Parameter[];
    const entity = model.byPlural.get(/^\/api\/([^/]+)/.exec(path)?.[1] ?? '');
    return Object.entries(item)
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]) =>
        operationOf({ path, method, shared, ...(entity ? { entity } : {}) }, operation as Json),
      );
  });
  return { json, operations, resolve: (schema) => resolveIn(schemas, schema) };
}

function operationOf(
  at: { path: string; method: string; shared: readonly Parameter[]; entity?: Entity },
  operation: Json,
): ApiOperation {
  const { shared, method, ...rest } = at;
  const body = operation['requestBody'] as
    { required?: boolean; content: Record<string, { schema: Json }> } | undefined;
  const [first] = Object.values(body?.content ?? {});
  return {
    ...rest,
    id: String(operation['operationId']),
    method: method.toUpperCase(),
    parameters: [...shared, ...((operation['parameters'] ?? []) as readonly Parameter[])],
    ...(body && first
      ? { body: { types: Object.keys(body.content), schema: first.schema, required: body.required === true } }
      : {}),
  };
}

function resolveIn(schemas: Readonly<Record<string, Json>>, schema: Json): Json {
  const { $ref: target, ...beside } = schema;
  if (typeof target !== 'string') return schema;
  return { ...resolveIn(schemas, schemas[target.slice('#/components/schemas/'.length)] ?? {}), ...beside };
}
