import fc from 'fast-check';
import type { Entity, Field } from '../../../core/definitions/model.ts';
import type { ApiOperation, Json } from './api-document.ts';
import { conditionOf } from './conditions.ts';
import { DEFINITIONS } from './definitions.ts';
import { valueOf } from './values.ts';
import type { ValueScope } from './values.ts';
import type { HostileWorld, Wire, CallerName } from './world.ts';

/** A request while it is still being made worse. */
export interface Draft {
  readonly operation: ApiOperation;
  readonly caller: CallerName;
  readonly method: string;
  readonly path: string;
  /** Names and values as they stand in the address, escaped already. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  /** In place of `body`: the very bytes. */
  readonly raw?: string | Uint8Array;
}

/** A request as the document allows it, with the ids of records there are. */
export function draftOf(world: HostileWorld, operation: ApiOperation, caller: CallerName): fc.Arbitrary<Draft> {
  const scope = scopeOf(world, operation);
  const named = operation.parameters.map((parameter) => {
    const value = parameterOf(world, operation, parameter.name) ?? valueOf(scope, parameter.schema, parameter.name);
    return { ...parameter, value: value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))) };
  });
  const inPath = named.filter((one) => one.in === 'path');
  const inQuery = named.filter((one) => one.in === 'query');
  const inHeader = named.filter((one) => one.in === 'header');
  const pick = (from: typeof named) =>
    fc.tuple(
      ...from.map((one) => (one.required === true ? one.value : fc.option(one.value, { freq: 1, nil: undefined }))),
    );
  const free = fc.record({
    path: fc.tuple(...inPath.map(({ value }) => value)),
    body: bodyOf(world, operation, scope),
    isDry: fc.constant(false),
  });
  return fc
    .record({
      place: operation.id === 'saveDefinition' ? definitionPlace : free,
      query: pick(inQuery),
      header: pick(inHeader),
    })
    .map(({ place: { path, body, isDry }, query, header }) => ({
      operation,
      caller,
      method: operation.method,
      path: inPath.reduce(
        (at, { name }, index) => at.replace(`{${name}}`, encodeURIComponent(path[index] ?? '')),
        operation.path,
      ),
      query: inQuery.flatMap(({ name }, index) => {
        const value = isDry && name === 'dryRun' ? 'true' : query[index];
        return value === undefined ? [] : [[encodeURIComponent(name), escapeText(value)] as const];
      }),
      ...body,
      headers: {
        ...Object.fromEntries(
          inHeader.flatMap(({ name }, index) => (isHeader(header[index]) ? [[name, header[index]]] : [])),
        ),
        ...body.headers,
      },
    }));
}

/** A document at the address it belongs to. */
const definitionPlace = fc.constantFrom(...DEFINITIONS).map(({ kind, name, document, dryOnly }) => {
  const body: Content = { body: document };
  return { path: [kind, name], body, isDry: dryOnly === true };
});

/** How it goes over the line. */
export function wireOf(draft: Draft): Wire {
  const { caller, method, query, body, raw } = draft;
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const type = content === undefined ? {} : { 'Content-Type': 'application/json' };
  return {
    caller,
    method,
    path: search === '' ? draft.path : `${draft.path}?${search}`,
    headers: { ...type, ...draft.headers },
    ...(content === undefined ? {} : { body: content }),
  };
}

/** Half a character has no UTF-8, so it cannot be escaped either. */
export function escapeText(text: string): string {
  return encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));
}

function isHeader(value: string | undefined): value is string {
  return value !== undefined && /^[\x21-\x7e][\x20-\x7e]*$/.test(value);
}

/** The ids, and the texts with a form of their own that no schema can tell. */
function scopeOf(world: HostileWorld, { entity }: ApiOperation): ValueScope {
  return {
    resolve: (schema) => world.api.resolve(schema),
    hint(key, schema) {
      const field = entity?.fields.get(key);
      if (field?.reference) return referenceTo(world, field);
      if (field?.type.file) return idOf(world, 'file');
      const name = field?.type.name ?? key;
      if (name === 'phone') return fc.constantFrom('+372 5551 2345', '8 (495) 111-22-33', '+371 2912 3456', '5551234');
      if (name === 'money' || name === 'decimal') {
        const least = typeof schema['minimum'] === 'number' ? schema['minimum'] * 100 : -99_999;
        return fc.integer({ min: least, max: 99_999 }).map((cents) => (cents / 100).toFixed(2));
      }
      if (name === 'url') return fc.constantFrom('https://example.com', 'http://example.com/a?b=c');
      if (name === 'duration') return fc.constantFrom('90m', '1h30m', 'PT1H30M', 'P2D');
      if (name === 'currency') return fc.constant('EUR');
      if (name === 'country') return fc.constantFrom('EE', 'LV', 'IT');
      if (key === 'roles') return fc.subarray(['clerk', 'nobody', 'manager']);
      const kind = FIXED[key];
      return kind !== undefined && !entity && schema['type'] === 'string' ? idOf(world, kind) : undefined;
    },
  };
}

const FIXED: Readonly<Record<string, string>> = {
  user: 'user',
  id: 'order',
  entity: 'entity',
  template: 'template',
  token: 'token',
};

function referenceTo(world: HostileWorld, { reference, required }: Field): fc.Arbitrary<unknown> {
  const { to = [], many = false } = reference ?? {};
  const one = fc.constantFrom(...to).chain((entity) => idOf(world, entity).map((id) => ({ entity, id })));
  const plain =
    to.length > 1
      ? fc.oneof(
          one,
          one.map(({ id }) => id),
        )
      : one.map(({ id }) => id);
  if (many) return fc.array(plain, { maxLength: 3 });
  return required ? plain : fc.oneof({ weight: 4, arbitrary: plain }, { weight: 1, arbitrary: fc.constant(null) });
}

/** One that there is, mostly. Looked up when the request is made, since the pool grows. */
export function idOf(world: HostileWorld, kind: string): fc.Arbitrary<string> {
  return fc.tuple(fc.nat(), fc.uuid(), fc.nat(9)).map(([at, other, chance]) => {
    const known = world.pool.all(kind);
    return known.length === 0 || chance === 0 ? other : known[at % known.length]!;
  });
}

/** Addresses and parameters whose words come from the definitions. */
function parameterOf(world: HostileWorld, operation: ApiOperation, name: string): fc.Arbitrary<string> | undefined {
  const { entity } = operation;
  if (name === 'id' && operation.method !== 'GET') return idOf(world, kindOf(operation));
  if (name === 'If-Match') return fc.constantFrom('"1"', '"2"', '*');
  if (name === 'Idempotency-Key') return fc.stringMatching(/^[a-z]{6,12}$/);
  if (name === 'token') return idOf(world, 'token');
  if (name === 'after') return fc.oneof(idOf(world, 'cursor'), fc.base64String());
  if (name === 'kind' && operation.path.includes('{kind}'))
    return fc.constantFrom('view', 'report', 'locale', 'role', 'pipeline');
  if (name === 'name') return fc.constantFrom('contactList', 'lateTasks', 'hostile', 'salesByManager', 'owner');
  if (name === 'user') return idOf(world, 'user');
  if (!entity) {
    if (name === 'id') return idOf(world, kindOf(operation));
    if (name === 'entity') return fc.constantFrom('contact', 'deal', 'vault', 'user');
    if (name === 'field') return fc.constantFrom('name', 'title', 'secret', 'notes');
    if (name === 'group') return fc.constantFrom('assignee', 'source', 'createdAt:month');
    return undefined;
  }
  return entityParameter(world, entity, name);
}

function entityParameter(world: HostileWorld, entity: Entity, name: string): fc.Arbitrary<string> | undefined {
  const keys = [...entity.fields.keys()];
  const list = (from: readonly string[], most: number) =>
    fc.subarray([...from], { minLength: 1, maxLength: Math.min(most, from.length) }).map((some) => some.join());
  if (name === 'id') return idOf(world, entity.name);
  if (name === 'filter') return conditionOf(world, entity).map((condition) => JSON.stringify(condition));
  if (name === 'fields') return list(keys, 6);
  if (name === 'sort')
    return list(
      keys.flatMap((key) => [key, `-${key}`]),
      3,
    );
  if (name === 'expand') {
    const references = keys.filter((key) => entity.fields.get(key)?.reference);
    return list([...references, ...entity.lists.keys()], 2);
  }
  if (name === 'group') return list([...keys, 'createdAt:month', 'createdAt:day'], 2);
  if (name === 'measures') return list(['count', ...keys.flatMap((key) => [`sum(${key})`, `max(${key})`])], 3);
  return undefined;
}

export function kindOf({ entity, path }: ApiOperation): string {
  if (entity) return entity.name;
  return KINDS.find(([start]) => path.startsWith(start))?.[1] ?? 'job';
}

const KINDS = [
  ['/batches', 'batch'],
  ['/files', 'file'],
  ['/auth/keys', 'key'],
  ['/imports/files', 'table'],
  ['/imports', 'import'],
] as const;

type Content = Partial<Pick<Draft, 'body' | 'raw' | 'headers'>>;

function bodyOf(world: HostileWorld, operation: ApiOperation, scope: ValueScope): fc.Arbitrary<Content> {
  const { body, path } = operation;
  if (!body) return fc.constant({});
  if (operation.id === 'uploadTable') return fc.constantFrom(...world.tables.good).map(tableUpload);
  if (body.types.includes('multipart/form-data')) return fc.constantFrom(...UPLOADS);
  const value =
    SPECIAL[operation.id.replace(/^edit.*Batch$/, 'edit')]?.(world, operation, scope) ?? valueOf(scope, body.schema);
  const made = value.map((one): Content => ({ body: one }));
  if (!body.types.includes('application/x-www-form-urlencoded') || path === '/auth/setup') return made;
  const form = value.map((one): Content => {
    const pairs = Object.entries(one as Json).map(([key, item]) => [
      key,
      Buffer.from(String(item), 'utf8').toString('utf8'),
    ]);
    return {
      raw: new URLSearchParams(pairs).toString(),
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: 'text/html' },
    };
  });
  return fc.oneof(made, form);
}

const SPECIAL: Readonly<
  Record<
    string,
    ((world: HostileWorld, operation: ApiOperation, scope: ValueScope) => fc.Arbitrary<unknown>) | undefined
  >
> = {
  edit: (world, { entity, body }, scope) => {
    const { properties } = body!.schema as { properties: Record<string, Json> };
    const changes = Object.keys(properties).filter((key) => ['patch', 'move', 'delete', 'restore'].includes(key));
    const ids = fc.array(idOf(world, entity!.name), { minLength: 1, maxLength: 4 });
    return fc
      .record(
        {
          ids,
          change: fc
            .constantFrom(...changes)
            .chain((key) => valueOf(scope, properties[key]!, key).map((value) => ({ [key]: value }))),
          onError: fc.constantFrom('stop', 'skip'),
          dryRun: fc.boolean(),
          isFilter: fc.boolean(),
        },
        { requiredKeys: ['ids', 'change', 'isFilter'] },
      )
      .map(({ ids, change, isFilter, ...rest }) => ({
        ...(isFilter ? { filter: { id: { in: ids } } } : { ids }),
        ...change,
        ...rest,
      }));
  },
  login: () =>
    fc.record({
      email: fc.constantFrom('owner@example.com', 'Vera@example.com', 'none@example.com'),
      password: fc.constantFrom('correct horse 42', 'wrong', ''),
    }),
  checkDefinition: () => fc.constantFrom(...DEFINITIONS).map(({ kind, name, document }) => ({ kind, name, document })),
  startImport: (world) =>
    fc
      .record({
        file: idOf(world, 'table'),
        entity: fc.constantFrom('contact', 'company', 'vault'),
        rest: fc.constantFrom<Json>(
          {},
          { map: { name: 'name' } },
          { map: { name: { column: 'name' } }, match: ['email'] },
        ),
        dryRun: fc.boolean(),
        again: fc.boolean(),
      })
      .map(({ file, entity, rest, ...flags }) => ({ plan: { tables: [{ file, entity, ...rest }] }, ...flags })),
};

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** One file part as a browser sends it. */
export function multipart(part: string, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`--b0\r\n${part}\r\n\r\n`), content, Buffer.from('\r\n--b0--\r\n')]);
}

/** A table as `POST /imports/files` takes it. */
export function tableUpload(content: Uint8Array): Content {
  const part =
    'Content-Disposition: form-data; name="file"; filename="table"\r\nContent-Type: application/octet-stream';
  return { raw: multipart(part, content), headers: { 'Content-Type': 'multipart/form-data; boundary=b0' } };
}

const UPLOADS: readonly Content[] = [
  ['a.png', 'image/png', PNG],
  ['Žurnāls.txt', 'text/plain', Buffer.from('plain text')],
].map(([name, type, content]) => ({
  raw: multipart(
    `Content-Disposition: form-data; name="file"; filename="${String(name)}"\r\nContent-Type: ${String(type)}`,
    content as Buffer,
  ),
  headers: { 'Content-Type': 'multipart/form-data; boundary=b0' },
}));
