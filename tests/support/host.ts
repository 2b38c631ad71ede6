import { createApp } from '../../core/app.ts';
import type { App, AppOptions } from '../../core/app.ts';
import { checkAnswers } from './check-answers.ts';
import type { AnswerCheck } from './check-answers.ts';
import { openTestDatabase, silentLog } from './databases.ts';
import type { Dialect, TestDatabase } from './databases.ts';

const REPOSITORY = new URL('../..', import.meta.url).pathname;

/** A clock that stands still until it is turned. */
export interface VirtualClock {
  now(): number;
  /** Sets the clock, as an instant with offset. */
  set(instant: string): void;
  /** Turns it on by milliseconds. */
  add(duration: number): void;
}

export function virtualClock(start: string): VirtualClock {
  let at = Date.parse(start);
  return {
    now: () => at,
    set: (instant) => void (at = Date.parse(instant)),
    add: (duration) => void (at += duration),
  };
}

export interface Answer<Body = Record<string, unknown>> {
  readonly status: number;
  readonly body: Body;
  readonly headers: Headers;
}

/** Speaks to the running server as one signed-in person (or as nobody). */
export interface Caller {
  call<Body = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer<Body>>;
  get<Body = Record<string, unknown>>(path: string): Promise<Answer<Body>>;
  /** Every record of a list. */
  list(path: string): Promise<readonly Record<string, unknown>[]>;
  readonly cookie: string;
}

export interface Host {
  readonly app: App;
  readonly base: string;
  readonly clock: VirtualClock;
  readonly database: TestDatabase;
  readonly nobody: Caller;
  /** Logs a user in; the password is set first. */
  as(email: string): Promise<Caller>;
  /** Runs every job that is due by the clock. */
  settle(): Promise<void>;
  /** Stops the server and starts another on the same database, files and clock. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export type HostOptions = Partial<Omit<AppOptions, 'databaseUrl' | 'dataDir' | 'clock'>> & { readonly start?: string };

/** The real application over HTTP on a fresh database, with a virtual clock. */
export async function openHost(
  dialect: Dialect,
  { start = '2026-03-02T10:00:00+02:00', ...options }: HostOptions = {},
): Promise<Host> {
  const clock = virtualClock(start);
  const database = await openTestDatabase(dialect);
  await database.db.close();
  const open = async () => {
    const app = await createApp({
      projectDir: REPOSITORY,
      secret: 'only-for-tests-only-for-tests-only-for-tests',
      log: silentLog,
      ...options,
      databaseUrl: database.url,
      dataDir: database.dir,
      clock,
    });
    const { local } = await app.listen(0);
    return { app, base: local, check: checkAnswers(app) };
  };
  let running = await open();
  return {
    get app() {
      return running.app;
    },
    get base() {
      return running.base;
    },
    clock,
    database,
    get nobody() {
      return caller(() => running, '');
    },
    async as(email) {
      const cookie = await logIn(running, email);
      return caller(() => running, cookie);
    },
    settle: () => running.app.jobs.drain(),
    async restart() {
      await running.app.close();
      running = await open();
    },
    async close() {
      await running.app.close();
      await database.remove();
    },
  };
}

const PASSWORD = 'a long and honest password';

interface Running {
  readonly app: App;
  readonly base: string;
  /** Holds every answer against the OpenAPI document. */
  readonly check: AnswerCheck;
}

async function logIn(running: Running, email: string): Promise<string> {
  const { app } = running;
  const { data } = await app.records.list(app.system('test'), { entity: 'user', filter: { email } });
  await app.auth.setPassword(String(data[0]?.['id']), PASSWORD);
  const answer = await caller(() => running, '').call('POST', '/auth/login', { email, password: PASSWORD });
  if (answer.status !== 200) throw new Error(`${email} cannot log in: ${JSON.stringify(answer.body)}`);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

function caller(running: () => Running, cookie: string): Caller {
  const call: Caller['call'] = async (method, path, body, headers = {}) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const { base, check } = running();
    const response = await fetch(base + path, {
      method,
      headers: { accept: 'application/json', cookie, ...type, ...headers },
      ...json,
    });
    const text = await response.text();
    const header = (name: string) => response.headers.get(name);
    check({ method, path, status: response.status, type: header('content-type'), text, header });
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text), headers: response.headers };
  };
  return {
    cookie,
    call,
    get: (path) => call('GET', path),
    async list(path) {
      const answer = await call<{ data: readonly Record<string, unknown>[] }>('GET', path);
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body.data;
    },
  };
}
