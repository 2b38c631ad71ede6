import type { Model } from '../definitions/model.ts';
import { createLog } from './create-log.ts';
import { loadProject } from './load-project.ts';
import { readSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import type { Log } from '../context.ts';

/** An option of a command: `--name HINT` for a text, `--name` alone for a flag. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** What stands for the value in the help: `DIR`. */
  readonly hint?: string;
  /** One line of the help, without a full stop. */
  readonly text: string;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** One command of `casement`: what it takes, what its help says, what it does. Listed in `commands.ts`. */
export interface Command {
  /** One word, or two for a family: `db copy`. */
  readonly name: string;
  /** What it does, in the list of commands: a clause without a full stop. */
  readonly summary: string;
  /** Paragraphs of its own help: what it reads, writes, refuses; exit codes that mean something special. */
  readonly about?: string;
  /** Operands in order, in capitals: `FROM`, `TO`; a `?` after one that may be missing, a `…` in the last one when there may be several. */
  readonly operands?: readonly string[];
  /** Besides `--project`, `--plugin` and `--help`, which every command takes. */
  readonly options?: Readonly<Record<string, Option>>;
  /** Starts a server, which says by itself when it is ready. */
  readonly serves?: true;
  run(call: Call): Promise<void>;
}

/** One call of a command. */
export interface Call {
  /** Absolute; it has a package.json. */
  readonly projectDir: string;
  /** In place of the project's own list; undefined = the project's. */
  readonly plugins?: readonly string[];
  /** The operands as typed; those that are not optional are there. */
  readonly operands: readonly string[];
  readonly options: OptionValues;
  /** To stdout: what the caller asked for. Progress and logs go to stderr. */
  print(text: string): void;
}

/** A wrong command line: the message says what to type. Exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export function flag(call: Call, name: string): boolean {
  return call.options[name] === true;
}

export function text(call: Call, name: string): string | undefined {
  const value = call.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function texts(call: Call, name: string): readonly string[] {
  const value = call.options[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** The definitions of the project, checked. Throws `DefinitionErrors`. */
export function modelOf(call: Call): Model {
  return loadProject({ projectDir: call.projectDir, ...(call.plugins ? { plugins: call.plugins } : {}) });
}

/** The settings of the environment, and a log of their level that has told what looks like a slip. */
export function settingsOf(call: Call, style?: 'pretty'): { readonly settings: Settings; readonly log: Log } {
  const settings = readSettings(process.env, call.projectDir);
  const log = createLog(settings.logLevel, style ?? (process.stderr.isTTY ? 'pretty' : 'json'));
  for (const warning of settings.warnings) log.warn({}, warning);
  return { settings, log };
}
