import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createApp } from '../../core/app.ts';
import type { App } from '../../core/app.ts';
import type { ChannelType } from '../../core/channels/channel.ts';
import type { Log } from '../../core/context.ts';
import { checkAnswers } from './check-answers.ts';
import type { AnswerCheck } from './check-answers.ts';
import { openTestDatabase, silentLog } from './databases.ts';
import type { Dialect } from './databases.ts';

/** A running server over the base package and a small project, and ways to talk to it. */
export interface HttpTestApp {
  readonly app: App;
  readonly url: string;
  readonly dataDir: string;
  readonly databaseUrl: string;
  /** Moves the clock forward, milliseconds. */
  pass(ms: number): void;
  /** A user with a password and these roles; answers his id. */
  addUser(user: TestUser): Promise<string>;
  /** A browser that is logged in. */
  login(email: string): Promise<Caller>;
  /** Nobody. */
  readonly stranger: Caller;
  /** One more server on the same database; only PostgreSQL takes it. */
  another(): Promise<{ readonly app: App; readonly url: string }>;
  close(): Promise<void>;
}

interface TestUser {
  readonly email: string;
  readonly roles: readonly string[];
  readonly rest?: Readonly<Record<string, unknown>>;
}

/** Sends a request as one caller; a plain object becomes a JSON body. */
export interface Caller {
  (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; empty where it is none. */
  readonly json: Readonly<Record<string, unknown>>;
}

export const PASSWORD = 'correct horse 42';

const PROJECT: Readonly<Record<string, unknown>> = {
  'package.json': { name: 'test-project', version: '1.0.0', casement: { title: 'Test', plugins: [] } },
  'schemas/pipelines/sales.json': {
    name: 'sales',
    title: 'Sales',
    entity: 'deal',
    stages: [
      { key: 'new', title: 'New', kind: 'open', probability: 10, goal: '1d', help: 'Call within a day' },
      { key: 'offer', title: 'Offer', kind: 'open' },
      { key: 'won', title: 'Won', kind: 'won' },
      { key: 'lost', title: 'Lost', kind: 'lost' },
    ],
    transitions: [
      { key: 'toOffer', from: ['new'], to: 'offer', requires: ['expectedOn'] },
      { key: 'toWon', from: ['offer'], to: 'won' },
      { key: 'toLost', from: ['*'], to: 'lost', requires: ['lostReason'] },
    ],
  },
  'schemas/forms/ask.json': {
    name: 'ask',
    title: 'Ask us',
    thanks: 'Thank you!',
    fields: [
      { key: 'name', like: 'contact.name', required: true },
      { key: 'phone', like: 'contact.phone', required: true },
      { key: 'email', like: 'contact.email' },
      { key: 'source', like: 'deal.source' },
      { key: 'message', like: 'deal.notes', multiline: true },
    ],
    creates: [
      {
        key: 'contact',
        entity: 'contact',
        match: ['phone', 'email'],
        set: { name: { $expr: 'form.name' }, phone: { $expr: 'form.phone' }, email: { $expr: 'form.email' } },
      },
      {
        key: 'deal',
        entity: 'deal',
        set: {
          title: 'From the site: {{form.name}}',
          customer: { $ref: 'contact' },
          source: 'site',
          utmSource: { $expr: 'form.utm_source' },
          notes: { $expr: 'form.message' },
        },
      },
      {
        key: 'task',
        entity: 'task',
        set: { title: 'Call back', about: { entity: 'deal', id: { $ref: 'deal' } }, dueAt: { $after: '1h' } },
      },
    ],
  },
  'schemas/roles/clerk.json': {
    name: 'clerk',
    title: 'Clerk',
    entities: {
      contact: { read: 'own', create: 'all', update: 'own', fields: { birthday: 'hidden', city: 'read' } },
      user: { read: 'all' },
      document: { read: 'all', create: 'all' },
    },
    operations: [],
  },
  'schemas/roles/nobody.json': { name: 'nobody', title: 'Nobody', entities: {}, operations: [] },
};

export interface HttpTestOptions {
  readonly url?: string;
  readonly smtpUrl?: string;
  /** Channels beside core's own. */
  readonly channels?: readonly ChannelType[];
  /** Settings of channels, such as IMAP_URL. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly log?: Log;
  /** False: jobs run when the test drains them. */
  readonly workers?: boolean;
}

export async function startHttpApp(dialect: Dialect, options: HttpTestOptions = {}): Promise<HttpTestApp> {
  const database = await openTestDatabase(dialect);
  await database.db.close();
  const projectDir = await mkdtemp(join(tmpdir(), 'casement-http-'));
  await writeProject(projectDir, { ...PROJECT, ...options.files });
  let now = Date.UTC(2026, 2, 16, 9);
  const start = async () => {
    const app = await createApp({
      projectDir,
      databaseUrl: database.url,
      dataDir: database.dir,
      secret: 'a secret of the tests, long enough for all',
      log: options.log ?? silentLog,
      clock: { now: () => now },
      ...(options.url === undefined ? {} : { url: options.url }),
      ...(options.smtpUrl === undefined ? {} : { smtpUrl: options.smtpUrl, mailFrom: 'Office <office@firm.example>' }),
      ...(options.channels === undefined ? {} : { channels: options.channels }),
      ...(options.environment === undefined ? {} : { environment: options.environment }),
    });
    const { local } = await app.listen(0, '127.0.0.1', { workers: options.workers ?? true });
    CHECKS.set(local, checkAnswers(app));
    return { app, url: local };
  };
  const first = await start();
  const others: App[] = [];
  return {
    ...first,
    dataDir: database.dir,
    databaseUrl: database.url,
    pass: (ms) => void (now += ms),
    addUser: ({ email, roles, rest = {} }) => addUser(first.app, { email, roles, rest }),
    login: (email) => login(first.url, email),
    stranger: callerOf(first.url, {}),
    async another() {
      const { app, url } = await start();
      others.push(app);
      return { app, url };
    },
    async close() {
      CHECKS.delete(first.url);
      for (const app of [...others, first.app]) await app.close();
      await database.remove();
      await rm(projectDir, { recursive: true, force: true });
    },
  };
}

/** By the address of the server: every answer that a caller gets is held against its OpenAPI document. */
const CHECKS = new Map<string, AnswerCheck>();

/** A caller who sends these headers with everything. */
export function callerOf(url: string, fixed: Readonly<Record<string, string>>): Caller {
  return async (method, path, body, headers = {}) => {
    const raw =
      body instanceof FormData || body instanceof Blob || body instanceof URLSearchParams || typeof body === 'string';
    const json = body === undefined || raw ? undefined : JSON.stringify(body);
    const response = await fetch(url + path, {
      method,
      redirect: 'manual',
      headers: { ...(json === undefined ? {} : { 'Content-Type': 'application/json' }), ...fixed, ...headers },
      ...(raw ? { body } : json === undefined ? {} : { body: json }),
    });
    const text = await response.text();
    const { status, headers: answered } = response;
    CHECKS.get(url)?.({
      method,
      path,
      status,
      type: answered.get('content-type'),
      text,
      header: (name) => answered.get(name),
    });
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  };
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

async function addUser(app: App, user: Required<TestUser>): Promise<string> {
  const id = await app.auth.createUserWithPassword({
    name: user.email.split('@')[0] ?? '',
    email: user.email,
    password: PASSWORD,
    roles: user.roles,
  });
  if (Object.keys(user.rest).length > 0)
    await app.records.write(app.system('test'), { op: 'update', entity: 'user', id, input: user.rest });
  return id;
}

/** A log-in at this address. */
export async function login(url: string, email: string): Promise<Caller> {
  const reply = await callerOf(url, {})('POST', '/auth/login', { email, password: PASSWORD });
  const cookie = reply.headers.get('set-cookie')?.split(';')[0];
  if (reply.status !== 200 || cookie === undefined)
    throw new Error(`log-in of ${email} answered ${reply.status}: ${reply.text}`);
  return callerOf(url, { Cookie: cookie, Origin: url });
}

async function writeProject(dir: string, files: Readonly<Record<string, unknown>>): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
}
