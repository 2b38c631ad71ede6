import { dirname, resolve } from 'node:path';
import type { JobsPlace } from '../app.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import { secretProblem } from './secret.ts';

export type LogLevel = (typeof LOG_LEVELS)[number];
const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** What the environment says, checked and with defaults filled in. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  /** `sqlite:` with an absolute path, or `postgres://…`. */
  readonly databaseUrl: string;
  readonly dataDir: string;
  /** Undefined: one is made once in the data folder. */
  readonly secret?: string;
  readonly url?: string;
  readonly trustProxy?: number | string;
  readonly admin?: { readonly email: string; readonly password: string };
  readonly smtpUrl?: string;
  readonly mailFrom?: string;
  /** `workers`: the server runs no jobs. */
  readonly jobs: JobsPlace;
  /** Where channels find theirs, such as IMAP_URL; checked when they are opened. */
  readonly environment: Environment;
  readonly logLevel: LogLevel;
  readonly isProduction: boolean;
  /** Sentences about what is probably a slip. */
  readonly warnings: readonly string[];
}

/** Every wrong setting, one sentence each. */
export class SettingsError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'SettingsError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const KNOWN = [
  'CASEMENT_DATA',
  'CASEMENT_SECRET',
  'CASEMENT_URL',
  'CASEMENT_TRUST_PROXY',
  'CASEMENT_ADMIN',
  'CASEMENT_JOBS',
  'CASEMENT_LOG',
];

/** Throws SettingsError with everything that is wrong at once. */
export function readSettings(environment: Environment, projectDir: string): Settings {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T): T | undefined => {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') return undefined;
    try {
      return parse(text);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const isProduction = environment['NODE_ENV'] === 'production';
  const databaseUrl =
    read('DATABASE_URL', (text) => parseDatabaseUrl(text, projectDir)) ??
    `sqlite:${resolve(projectDir, 'data/casement.db')}`;
  const settings: Settings = {
    port: read('PORT', parsePort) ?? 3000,
    host: environment['HOST']?.trim() || '127.0.0.1',
    databaseUrl,
    dataDir: read('CASEMENT_DATA', (text) => resolve(projectDir, text)) ?? defaultDataDir(databaseUrl, projectDir),
    jobs: read('CASEMENT_JOBS', (text) => parseJobsPlace(text, databaseUrl)) ?? 'here',
    logLevel: read('CASEMENT_LOG', parseLogLevel) ?? 'info',
    isProduction,
    environment,
    warnings: strangers(environment),
    ...defined(
      'secret',
      read('CASEMENT_SECRET', (text) => text),
    ),
    ...defined('url', read('CASEMENT_URL', parseUrl)),
    ...defined('trustProxy', read('CASEMENT_TRUST_PROXY', parseTrustProxy)),
    ...defined('admin', read('CASEMENT_ADMIN', parseAdmin)),
    ...defined('smtpUrl', read('SMTP_URL', parseSmtpUrl)),
    ...defined(
      'mailFrom',
      read('MAIL_FROM', (text) => text),
    ),
  };
  const secret = secretProblem(settings.secret, isProduction);
  if (secret !== undefined) problems.push(`CASEMENT_SECRET: ${secret}`);
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port >= 0 && port <= 65_535)) throw new Error('Must be a number from 0 to 65535; 0 picks a free port.');
  return port;
}

/** A relative SQLite path counts from the project, so that the command works from any folder. */
export function parseDatabaseUrl(text: string, projectDir: string): string {
  if (/^postgres(ql)?:\/\//.test(text)) return text;
  if (!text.startsWith('sqlite:')) throw new Error('Must be sqlite:PATH or postgres://user:password@host/database.');
  const path = text.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '' || path === ':memory:') throw new Error('Name a file, such as sqlite:./data/casement.db.');
  return `sqlite:${resolve(projectDir, path)}`;
}

function defaultDataDir(databaseUrl: string, projectDir: string): string {
  return databaseUrl.startsWith('sqlite:') ? dirname(databaseUrl.slice('sqlite:'.length)) : resolve(projectDir, 'data');
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || (url.pathname !== '/' && url.pathname !== '')) {
    throw new Error('Must be the public address without a path, such as https://crm.example.com.');
  }
  return url.origin;
}

function parseTrustProxy(text: string): number | string {
  if (/^\d+$/.test(text) && Number(text) <= 10) return Number(text);
  if (/^[\da-f.:/, ]+$|^(loopback|linklocal|uniquelocal)(, ?(loopback|linklocal|uniquelocal))*$/i.test(text))
    return text;
  throw new Error(
    'Must be the number of proxies in front (such as 1), their addresses, or loopback. "true" would trust anybody.',
  );
}

function parseAdmin(text: string): { email: string; password: string } {
  const at = text.indexOf(':');
  const [email, password] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || !email.includes('@') || password === '') throw new Error('Must be email:password.');
  return { email, password };
}

function parseSmtpUrl(text: string): string {
  if (!/^smtps?:\/\/./.test(text)) throw new Error('Must be smtp://user:password@host:port or smtps://….');
  return text;
}

function parseJobsPlace(text: string, databaseUrl: string): JobsPlace {
  if (text !== 'here' && text !== 'workers')
    throw new Error('Must be here, or workers: then "casement worker" runs the jobs.');
  if (text === 'workers' && databaseUrl.startsWith('sqlite:'))
    throw new Error('An SQLite file has one process, which runs the jobs itself; workers need PostgreSQL.');
  return text;
}

function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (!level) throw new Error(`Must be one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}

function strangers(environment: Environment): readonly string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('CASEMENT_') && !KNOWN.includes(name))
    .map((name) => `${name} is not a setting of Casement.${didYouMean(name, KNOWN)}`);
}
