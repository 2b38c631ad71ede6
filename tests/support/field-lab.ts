import { deflateSync } from 'node:zlib';
import type { Dialect } from './databases.ts';
import { FIXTURES } from './fields/all.ts';
import type { FieldFixture } from './fields/fixture.ts';
import { startHttpApp } from './http-app.ts';
import type { Caller, HttpTestApp, Reply } from './http-app.ts';

/** A running server whose entity `sample` has a field of every type, and what the tests of doors need around it. */
export interface FieldLab {
  readonly firm: HttpTestApp;
  readonly owner: Caller;
  /** Makes uploads and records for the placeholders of these values and puts their ids in. Equal placeholders get one id. */
  resolve<T>(value: T): Promise<T>;
  /** Makes a record of the fixture's own group; answers the reply. */
  create(fixture: FieldFixture, input: Readonly<Record<string, unknown>>): Promise<Reply>;
  /** Operators of a field of `sample`, as `/model` tells them. */
  operators(key: string): Promise<readonly string[]>;
  /** A list of the fixture's group, with further parameters. */
  list(fixture: FieldFixture, filter: unknown, parameters?: string): Promise<Reply>;
  postForm(input: Readonly<Record<string, unknown>>): Promise<Reply>;
  /** The reply as text without what differs from run to run: ids, request ids, numbers of the ledger. */
  label(reply: Reply): string;
  close(): Promise<void>;
}

interface Described {
  readonly entities: readonly {
    readonly name: string;
    readonly fields: readonly { readonly key: string; readonly operators: readonly string[] }[];
  }[];
}

const TARGETS = { target: ['a', 'b', 'c'], other: ['d'] } as const;

/** Samples, what they point to, a parent that holds them as a list, and a form for every type a form takes. */
function labProject(fixtures: readonly FieldFixture[]): Readonly<Record<string, unknown>> {
  const entity = (name: string, plural: string, properties: object) => ({
    $id: name,
    title: name,
    type: 'object',
    'x-entity': { plural, display: '{{name}}' },
    properties: { name: { type: 'string', maxLength: 60 }, ...properties },
    required: ['name'],
    additionalProperties: false,
  });
  const asked = fixtures.filter(({ form }) => form !== false).map(({ key }) => key);
  return {
    'schemas/entities/sample.json': entity('sample', 'samples', {
      batch: { type: 'string', maxLength: 40 },
      parent: { type: 'string', 'x-field': { type: 'reference', to: 'parent', inverse: 'samples' } },
      ...Object.fromEntries(fixtures.map(({ key, property }) => [key, property])),
    }),
    'schemas/entities/parent.json': entity('parent', 'parents', {}),
    'schemas/entities/target.json': entity('target', 'targets', {}),
    'schemas/entities/other.json': entity('other', 'others', {}),
    'schemas/forms/sampleForm.json': {
      name: 'sampleForm',
      fields: ['batch', ...asked].map((key) => ({ key, like: `sample.${key}` })),
      creates: [
        {
          key: 'sample',
          entity: 'sample',
          set: {
            name: 'form',
            ...Object.fromEntries(['batch', ...asked].map((key) => [key, { $expr: `form.${key}` }])),
          },
        },
      ],
    },
  };
}

export async function openFieldLab(
  dialect: Dialect,
  fixtures: readonly FieldFixture[] = FIXTURES,
  files: Readonly<Record<string, unknown>> = {},
): Promise<FieldLab> {
  const firm = await startHttpApp(dialect, { files: { ...labProject(fixtures), ...files } });
  await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
  const owner = await firm.login('olga@example.com');
  const ids = new Map<string, string>();
  for (const [entity, names] of Object.entries(TARGETS)) {
    for (const name of names) {
      const made = await owner('POST', `/api/${entity}s`, { name });
      ids.set(`@${entity}:${name}`, String(made.json['id']));
    }
  }
  return {
    firm,
    owner,
    resolve: (value) => resolver(owner, ids)(value),
    create: (fixture, input) => owner('POST', '/api/samples', { name: fixture.key, batch: fixture.key, ...input }),
    async operators(key) {
      const { entities } = (await owner('GET', '/model')).json as unknown as Described;
      const sample = entities.find(({ name }) => name === 'sample');
      return sample?.fields.find((field) => field.key === key)?.operators ?? [];
    },
    list(fixture, filter, parameters = '') {
      const whole = filter === undefined ? { batch: fixture.key } : { all: [{ batch: fixture.key }, filter] };
      return owner('GET', `/api/samples?limit=1000&filter=${encodeURIComponent(JSON.stringify(whole))}${parameters}`);
    },
    postForm(input) {
      // Stays below the throttle of public forms.
      firm.pass(1_100);
      return firm.stranger('POST', '/forms/sampleForm', input);
    },
    label: ({ status, text }) => `${status} ${withoutIds(text, ids)}`,
    close: () => firm.close(),
  };
}

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function withoutIds(text: string, ids: ReadonlyMap<string, string>): string {
  const names = new Map([...ids].map(([name, id]) => [id, name]));
  return text
    .replace(UUID, (id) => names.get(id) ?? '@new')
    .replace(/"requestId":"[^"]*"/, '"requestId":"@new"')
    .replace(/"seq":\d+/g, '"seq":0');
}

/** One resolver makes each upload once: a file belongs to one record only. */
function resolver(owner: Caller, known: ReadonlyMap<string, string>) {
  const uploads = new Map<string, Readonly<Record<string, unknown>>>();
  const upload = async (name: string) => {
    const made = uploads.get(name) ?? (await uploaded(owner, name));
    uploads.set(name, made);
    return made;
  };
  const visit = async (value: unknown): Promise<unknown> => {
    if (typeof value === 'string') {
      if (value.startsWith('@file:')) return (await upload(value.slice(6)))['id'];
      return known.get(value) ?? value;
    }
    if (Array.isArray(value)) return Promise.all(value.map(visit));
    if (value === null || typeof value !== 'object') return value;
    const entries: (readonly [string, unknown])[] = [];
    for (const [key, item] of Object.entries(value)) {
      const isSize = item === '@size';
      entries.push([key, isSize ? [...uploads.values()].at(-1)?.['size'] : await visit(item)]);
    }
    return Object.fromEntries(entries);
  };
  return async <T>(value: T): Promise<T> => (await visit(value)) as T;
}

async function uploaded(owner: Caller, name: string): Promise<Readonly<Record<string, unknown>>> {
  const isPicture = name.endsWith('.png');
  const bytes = isPicture ? pixel() : Buffer.from('only a note');
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type: isPicture ? 'image/png' : 'text/plain' }), name);
  const reply = await owner('POST', '/files', form);
  if (reply.status !== 201) throw new Error(`upload of ${name}: ${reply.text}`);
  return reply.json;
}

/** A PNG of one pixel. */
function pixel(): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.from([0, 0]))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}
