import { request as httpRequest, Agent } from 'node:http';
import type { Log } from '../../../core/context.ts';
import { checkAnswers } from '../check-answers.ts';
import type { AnswerCheck } from '../check-answers.ts';
import { silentLog } from '../databases.ts';
import type { Dialect } from '../databases.ts';
import { PASSWORD, startHttpApp } from '../http-app.ts';
import type { HttpTestApp } from '../http-app.ts';
import { createAllowed } from './allowed.ts';
import { readApi } from './api-document.ts';
import type { ApiDocument, Json } from './api-document.ts';
import { openDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import type { HostileRequest } from './requests.ts';
import { makeTables } from './tables.ts';
import type { Tables } from './tables.ts';

/** A running firm with people of several rights, secrets that some of them must never see, and the ids a generator may use. */
export interface HostileWorld {
  readonly firm: HttpTestApp;
  readonly api: ApiDocument;
  readonly check: AnswerCheck;
  /** What of a request the document does not allow. */
  readonly allowed: (request: HostileRequest) => string | undefined;
  readonly digest: Digest;
  /** Ids by entity, and of `batch`, `file`, `key`, `job`; `cursor` and `etag` as the server gave them. */
  readonly pool: Pool;
  readonly tables: Tables;
  /** Records that only the owner may see. */
  readonly foreign: Readonly<Record<string, string>>;
  /** What the log of the server called an error. */
  readonly failures: string[];
  send(wire: Wire): Promise<Received>;
  /** New sessions for everybody; the old ones may have ended. */
  logInAll(): Promise<void>;
  close(): Promise<void>;
}

export const CALLERS = ['owner', 'manager', 'clerk', 'nobody', 'key', 'stranger'] as const;
export type CallerName = (typeof CALLERS)[number];

/** No answer to anybody but the owner and his key may hold it. */
export const CANARY = 'CANARY-7f3a';

export interface Wire {
  readonly caller: CallerName;
  readonly method: string;
  /** As it goes over the line: nothing is escaped or put in order any more. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

export interface Received {
  readonly status: number;
  header(name: string): string | null;
  readonly text: string;
}

export interface Pool {
  add(kind: string, id: unknown): void;
  all(kind: string): readonly string[];
}

const MOST_OF_A_KIND = 200;

function createPool(): Pool {
  const known = new Map<string, string[]>();
  return {
    add(kind, id) {
      if (typeof id !== 'string' || id === '') return;
      const ids = known.get(kind) ?? [];
      known.set(kind, ids);
      if (ids.length < MOST_OF_A_KIND) ids.push(id);
      else ids[Math.floor(ids.length / 2)] = id;
    },
    all: (kind) => known.get(kind) ?? [],
  };
}

const secretText = { type: 'string', maxLength: 60 };

/** Beside the base package: something with a secret in it. */
const FILES: Json = {
  'schemas/entities/vault.json': {
    $id: 'vault',
    title: 'Vault',
    type: 'object',
    additionalProperties: false,
    'x-entity': { plural: 'vaults', display: '{{name}}', owner: 'keeper' },
    required: ['name'],
    properties: {
      name: secretText,
      secret: secretText,
      worth: { 'x-field': { type: 'money' } },
      weight: { type: 'number' },
      count: { type: 'integer' },
      details: { 'x-field': { type: 'json' } },
      text: { 'x-field': { type: 'richText' } },
      flags: { type: 'array', items: { enum: ['red', 'blue', 'green'] } },
      photo: { 'x-field': { type: 'image' } },
      length: { type: 'string', format: 'duration' },
      code: { type: 'string', maxLength: 20, 'x-field': { unique: true } },
      number: { 'x-field': { type: 'sequence', pattern: 'V-{0000}' } },
      keeper: { 'x-field': { type: 'reference', to: 'user' } },
      friends: { 'x-field': { type: 'reference', to: 'vault', many: true, inverse: 'befriended', onDelete: 'clear' } },
    },
  },
  'schemas/roles/clerk.json': {
    name: 'clerk',
    title: 'Clerk',
    entities: {
      contact: { read: 'own', create: 'all', update: 'own', fields: { notes: 'hidden', city: 'read' } },
      vault: {
        read: 'own',
        create: 'all',
        update: 'own',
        delete: 'own',
        fields: { secret: 'hidden', worth: 'hidden' },
      },
      user: { read: 'all' },
      document: { read: 'all', create: 'all' },
    },
    operations: ['massEdit', 'reports'],
  },
};

const PEOPLE = { owner: ['owner'], manager: ['manager'], clerk: ['clerk'], nobody: ['nobody'] } as const;

export async function openHostileWorld(dialect: Dialect): Promise<HostileWorld> {
  const failures: string[] = [];
  const log: Log = { ...silentLog, error: (about) => void failures.push(textOf(about)) };
  const firm = await startHttpApp(dialect, { files: FILES, log, workers: false });
  const headers = new Map<CallerName, Readonly<Record<string, string>>>([['stranger', {}]]);
  const pool = createPool();
  for (const [name, roles] of Object.entries(PEOPLE)) await firm.addUser({ email: `${name}@example.com`, roles });
  async function logInAll(): Promise<void> {
    for (const name of Object.keys(PEOPLE) as (keyof typeof PEOPLE)[]) {
      const body = { email: `${name}@example.com`, password: PASSWORD };
      const { headers: answered } = await firm.stranger('POST', '/auth/login', body);
      headers.set(name, { Cookie: answered.get('set-cookie')?.split(';')[0] ?? '', Origin: firm.url });
    }
  }
  await logInAll();
  const owner = await firm.login('owner@example.com');
  const expiresAt = new Date(Date.UTC(2027, 0, 1)).toISOString();
  const key = (await owner('POST', '/auth/keys', { name: 'program', roles: ['owner'], expiresAt })).json['key'];
  headers.set('key', { Authorization: `Bearer ${String(key)}` });
  const foreign: Record<string, string> = {};
  for (const [plural, input] of Object.entries(SECRETS)) {
    foreign[plural] = String((await owner('POST', `/api/${plural}`, input)).json['id']);
  }
  for (const name of ['Vera', 'Viktor'])
    pool.add('user', await firm.addUser({ email: `${name}@example.com`, roles: ['clerk'] }));
  await firm.app.jobs.drain();
  const digest = await openDigest(firm, dialect);
  const api = readApi(firm.app);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  return {
    firm,
    api,
    allowed: createAllowed(api),
    check: checkAnswers(firm.app),
    digest,
    pool,
    tables: await makeTables(),
    foreign,
    failures,
    logInAll,
    send: (wire) => send(firm.url, agent, { ...wire, headers: { ...headers.get(wire.caller), ...wire.headers } }),
    async close() {
      agent.destroy();
      await digest.close();
      await firm.close();
    },
  };
}

/** Seen by the owner alone; no request of the generator may change who sees them. */
const SECRETS: Readonly<Record<string, Json>> = {
  contacts: { name: `${CANARY} person`, notes: `${CANARY} note`, email: 'canary-7f3a@example.com' },
  vaults: { name: `${CANARY} vault`, secret: `${CANARY} secret`, code: 'CANARY-7f3a code' },
  deals: { title: `${CANARY} deal` },
};

function send(url: string, agent: Agent, wire: Wire): Promise<Received> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const { method, path, headers } = wire;
    // Without it Node sends the body of a GET as if it were the next request.
    const length = wire.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(wire.body) };
    const all = { ...length, ...headers } as Record<string, string>;
    const sent = httpRequest({ hostname, port, method, path, agent, headers: all });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      const done = () => {
        const header = (name: string) => [response.headers[name.toLowerCase()] ?? []].flat()[0] ?? null;
        resolve({ status: response.statusCode ?? 0, header, text: Buffer.concat(chunks).toString('utf8') });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        // A stream has no end; what it begins with is enough.
        if (response.headers['content-type']?.startsWith('text/event-stream')) {
          response.destroy();
          done();
        }
      });
      response.on('end', done);
      response.on('error', () => undefined);
    });
    sent.end(wire.body);
  });
}

function textOf(about: unknown): string {
  const error = typeof about === 'object' && about !== null && 'err' in about ? about.err : about;
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error);
}
