import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callerOf, startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp } from '../../tests/support/http-app.ts';
import { accessOf } from '../access/access.ts';
import { describeApi } from './openapi.ts';

/** Every HTTP test holds each answer against this document (tests/support/check-answers.ts); here is the document itself. */

type Json = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: object;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: object }>> };
  readonly responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, { schema: object }>> }>
  >;
  readonly security?: readonly Json[];
}

interface Document {
  readonly openapi: string;
  readonly info: Json;
  readonly tags: readonly { name: string }[];
  readonly security: readonly Json[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: Json };
}

const METHODS = ['get', 'post', 'patch', 'delete', 'put'] as const;

describe('OpenAPI', () => {
  let firm: HttpTestApp;
  let owner: Caller;
  let clerk: Caller;
  const documents = new Map<string, Document>();

  beforeAll(async () => {
    firm = await startHttpApp('sqlite');
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    await firm.addUser({ email: 'carl@example.com', roles: ['clerk'] });
    await firm.addUser({ email: 'nina@example.com', roles: ['nobody'] });
    owner = await firm.login('olga@example.com');
    clerk = await firm.login('carl@example.com');
    const nobody = await firm.login('nina@example.com');
    for (const [name, caller] of Object.entries({ owner, clerk, nobody })) {
      documents.set(name, JSON.parse((await caller('GET', '/openapi.json')).text) as Document);
    }
  });
  afterAll(async () => firm?.close());

  const operationsOf = (document: Document) =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      METHODS.flatMap((method) => {
        const operation = item[method] as Operation | undefined;
        const shared = (item['parameters'] ?? []) as readonly Parameter[];
        return operation ? [{ path, method, operation, parameters: [...shared, ...(operation.parameters ?? [])] }] : [];
      }),
    );

  it.each(['owner', 'clerk', 'nobody'])(
    'has JSON Schemas that hold and references that lead somewhere for %s',
    (who) => {
      const document = documents.get(who)!;
      const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
      expect(refs.flatMap(([, name = '']) => (document.components.schemas[name] ? [] : [name]))).toEqual([]);
      const ajv = new Ajv2020({ strict: false, validateFormats: false });
      const inline = operationsOf(document).flatMap(({ operation }) => [
        ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => schema),
        ...Object.values(operation.responses).flatMap((one) =>
          Object.values(one.content ?? {}).map(({ schema }) => schema),
        ),
      ]);
      for (const schema of [...Object.values(document.components.schemas), ...inline])
        expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
    },
  );

  it('names every door of every entity with its full path', () => {
    const { paths } = documents.get('owner')!;
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/api/deals',
        '/api/deals/{id}',
        '/api/deals/{id}/move',
        '/api/deals/aggregate',
        '/forms/ask',
        '/auth/login',
      ]),
    );
    expect(Object.keys(paths)).not.toContain('/api/contacts/{id}/move');
  });

  it('names exactly the methods that each address takes, to who may do everything', async () => {
    const model = firm.app.model();
    const { paths } = describeApi(model, accessOf(model, firm.app.system('test').principal)) as unknown as Document;
    const id = '00000000-0000-7000-8000-000000000000';
    for (const [path, item] of Object.entries(paths)) {
      const named = METHODS.filter((method) => item[method]).map((method) => method.toUpperCase());
      const address = path.replace('{kind}', 'entity').replaceAll(/\{\w+\}/g, id);
      const reply = await owner(named.includes('PUT') ? 'LOCK' : 'PUT', address, {});
      expect(reply.status, path).toBe(405);
      const allowed = (reply.headers.get('allow') ?? '').split(', ').filter((method) => method !== 'OPTIONS');
      expect(allowed.sort(), path).toEqual(named.sort());
    }
  });

  it('keeps apart what the definitions and what we call alike', async () => {
    const entity = (name: string) => ({
      $id: name,
      title: name,
      type: 'object',
      additionalProperties: false,
      'x-entity': { plural: `${name}-list`, display: '{{name}}' },
      required: ['name'],
      properties: { name: { type: 'string' }, speed: { type: 'integer' } },
    });
    const names = ['job', 'batch', 'file', 'change', 'problem', 'key'];
    const files = Object.fromEntries(names.map((name) => [`schemas/entities/${name}.json`, entity(name)]));
    const other = await startHttpApp('sqlite', { files });
    try {
      await other.addUser({ email: 'olga@example.com', roles: ['owner'] });
      const olga = await other.login('olga@example.com');
      for (const name of names) {
        const made = await olga('POST', `/api/${name}-list`, { name: 'x', speed: 3 });
        expect(made.status, made.text).toBe(201);
        await olga('GET', `/api/${name}-list/${String(made.json['id'])}/changes`);
      }
      for (const path of ['/jobs', '/batches', '/auth/keys', '/nothing']) await olga('GET', path);
      const document = JSON.parse((await olga('GET', '/openapi.json')).text) as Document;
      const ids = operationsOf(document).map(({ operation }) => operation.operationId);
      expect(ids.length).toBe(new Set(ids).size);
      expect(Object.keys(document.components.schemas)).toEqual(expect.arrayContaining(['Job', 'JobRecord', 'Key']));
    } finally {
      await other.close();
    }
  });

  it('takes no address in other letters than the document writes it', async () => {
    for (const { path, method } of operationsOf(documents.get('owner')!)) {
      if (method !== 'get') continue;
      const last = path
        .replaceAll(/\{\w+\}/g, '00000000-0000-7000-8000-000000000000')
        .replace(/[a-z.]+$/, (part) => part.toUpperCase());
      expect((await owner('GET', last)).status, last).toBe(404);
    }
  });

  it('lets a door without "security: []" be opened by nobody', async () => {
    for (const { path, method, operation } of operationsOf(documents.get('owner')!)) {
      if (operation.security || path === '/auth/logout') continue;
      const address = path.replaceAll(/\{\w+\}/g, '00000000-0000-7000-8000-000000000000');
      const body = method === 'get' || method === 'delete' ? undefined : {};
      const reply = await firm.stranger(method.toUpperCase(), address, body);
      expect([reply.status, reply.json['code']], `${method} ${path}`).toEqual([401, 'UNAUTHENTICATED']);
    }
  });

  it('would be broken by another answer: the check that holds all answers against it works', async () => {
    await expect(callerOf(firm.url, {})('GET', '/auth/password')).resolves.toMatchObject({ status: 200 });
    const contact = (await owner('POST', '/api/contacts', { name: 'Ann' })).json;
    await expect(owner('GET', `/api/contacts/${String(contact['id'])}`)).resolves.toMatchObject({ status: 200 });
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...documents.get('owner')!, $id: 'api' });
    const product = ajv.compile({ $ref: 'api#/components/schemas/Product' });
    expect([product(contact), ajv.compile({ $ref: 'api#/components/schemas/Contact' })(contact)]).toEqual([
      false,
      true,
    ]);
    expect((await clerk('GET', '/api/contacts')).status).toBe(200);
  });
});
