import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpApp } from '../../tests/support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from '../../tests/support/http-app.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string }[];
  readonly responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: object }>> }>>;
}

type PathItem = Readonly<Record<string, Operation>>;

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

type Parameter = NonNullable<Operation['parameters']>[number];

/** Parameters that all operations of a path share. */
function parametersOf(item: PathItem): readonly Parameter[] {
  const shared: unknown = item['parameters'];
  return Array.isArray(shared) ? (shared as readonly Parameter[]) : [];
}

describe('OpenAPI', () => {
  let firm: HttpTestApp;
  let owner: Caller;
  let document: Document;
  let ajv: Ajv2020;

  beforeAll(async () => {
    firm = await startHttpApp('sqlite');
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
    document = JSON.parse((await owner('GET', '/openapi.json')).text) as Document;
    ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'api' });
  });
  afterAll(async () => firm?.close());

  const operations = () =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, operation]) =>
        method === 'parameters' ? [] : [{ path, method, operation, shared: parametersOf(item) }],
      ),
    );

  it('is a whole document: names are unique, references lead somewhere, parameters of paths are declared', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      (match) => match[1] ?? '',
    );
    expect(refs.filter((name) => !document.components.schemas[name])).toEqual([]);
    for (const { path, operation, shared } of operations()) {
      const declared = [...shared, ...(operation.parameters ?? [])]
        .filter((parameter) => parameter.in === 'path')
        .map(({ name }) => name);
      expect(declared, path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
    }
  });

  it('names every door of every entity with its full path', () => {
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/api/deals',
        '/api/deals/{id}',
        '/api/deals/{id}/move',
        '/api/deals/aggregate',
        '/forms/ask',
        '/auth/login',
      ]),
    );
    expect(Object.keys(document.paths)).not.toContain('/api/contacts/{id}/move');
  });

  function errorsOf(path: string, method: string, reply: Reply): unknown {
    const answer = document.paths[path]?.[method]?.responses[String(reply.status)];
    const [type] = Object.keys(answer?.content ?? {});
    if (!answer) return `${method} ${path} does not declare ${reply.status}`;
    if (type === undefined) return reply.text === '' ? null : 'a body where none is declared';
    const pointer = ['paths', path, method, 'responses', String(reply.status), 'content', type, 'schema']
      .map(escape)
      .join('/');
    const validate = ajv.compile({ $ref: `api#/${pointer}` });
    validate(reply.json);
    return validate.errors ?? null;
  }

  const escape = (part: string) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

  it('is kept by real answers, errors included', async () => {
    const contact = await owner('POST', '/api/contacts', { name: 'Ann', phone: '+372 5551 2345' });
    const id = String(contact.json['id']);
    const deal = await owner('POST', '/api/deals', { title: 'D', customer: id });
    const dealPath = `/api/deals/${String(deal.json['id'])}`;
    const calls: readonly [string, string, Reply][] = [
      ['/api/contacts', 'post', contact],
      ['/api/contacts', 'post', await owner('POST', '/api/contacts', [{ name: 'A' }, { name: 'B' }])],
      ['/api/contacts', 'post', await owner('POST', '/api/contacts', { nmae: 'A' })],
      ['/api/contacts', 'get', await owner('GET', '/api/contacts?count=exact')],
      ['/api/contacts', 'get', await owner('GET', '/api/contacts?limit=0')],
      ['/api/contacts/{id}', 'get', await owner('GET', `/api/contacts/${id}`)],
      ['/api/contacts/{id}', 'patch', await owner('PATCH', `/api/contacts/${id}`, { city: 'Riga' })],
      [
        '/api/contacts/{id}',
        'patch',
        await owner('PATCH', `/api/contacts/${id}`, { city: 'x' }, { 'If-Match': '"1"' }),
      ],
      ['/api/deals', 'post', deal],
      ['/api/deals', 'get', await owner('GET', '/api/deals?expand=customer,lines,tasks')],
      ['/api/deals', 'get', await owner('GET', '/api/deals?fields=title,customer.name')],
      ['/api/deals/aggregate', 'get', await owner('GET', '/api/deals/aggregate?group=stage&measures=count,sum(total)')],
      ['/api/deals/{id}/move', 'post', await owner('POST', `${dealPath}/move`, { to: 'offer' })],
      [
        '/api/deals/{id}/move',
        'post',
        await owner('POST', `${dealPath}/move`, { to: 'offer', set: { expectedOn: '2026-05-01' } }),
      ],
      ['/api/deals/{id}/changes', 'get', await owner('GET', `${dealPath}/changes?timeline=true`)],
      ['/api/deals/{id}', 'delete', await owner('DELETE', dealPath)],
      ['/api/deals/{id}', 'get', await owner('GET', dealPath)],
      ['/api/deals/{id}/restore', 'post', await owner('POST', `${dealPath}/restore`)],
      ['/api/users', 'get', await owner('GET', '/api/users')],
      ['/auth/me', 'get', await owner('GET', '/auth/me')],
      ['/auth/login', 'post', await firm.stranger('POST', '/auth/login', { email: 'a', password: 'b' })],
      ['/auth/keys', 'post', await owner('POST', '/auth/keys', { name: 'k', roles: ['owner'] })],
      ['/search', 'get', await owner('GET', '/search?q=ann')],
      ['/forms/ask', 'post', await firm.stranger('POST', '/forms/ask', { name: 'Ivan', phone: '+372 5551 9999' })],
      ['/jobs', 'get', await owner('GET', '/jobs')],
      ['/health', 'get', await firm.stranger('GET', '/health')],
    ];
    const wrong = calls.flatMap(([path, method, reply]) => {
      const errors = errorsOf(path, method, reply);
      return errors === null ? [] : [{ path, method, status: reply.status, errors }];
    });
    expect(wrong).toEqual([]);
    expect(errorsOf('/api/products', 'get', await owner('GET', '/api/contacts'))).not.toBeNull();
  });
});
