import { parseArgs } from 'node:util';
import { didYouMean } from '../rules/parse-condition.ts';

const COMMANDS = ['dev', 'start', 'check'] as const;
type Command = (typeof COMMANDS)[number];

export interface Arguments {
  readonly command: Command;
  /** Folder of the project, as typed. */
  readonly project: string;
  readonly demo: boolean;
  /** In place of the project's own list; undefined = the project's. */
  readonly plugins?: readonly string[];
}

/** A wrong command line: the message says what to type. Exit code 2. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export const HELP = `casement: a CRM made from definitions

  casement start    check the definitions, open the database, serve
  casement dev      the same with a readable log; starts anew when a definition changes
  casement check    check the definitions and stop

Options
  --project DIR     folder of the project (default: here)
  --plugin NAME     load this plugin instead of the project's list; may be given several times
  --demo            on an empty database: demo data and demo log-ins (start and dev)
  --help            this text
  --version         the version of Casement

Settings by environment
  PORT (3000), HOST (127.0.0.1), DATABASE_URL (sqlite:PATH or postgres://…), CASEMENT_DATA (folder of files and secrets),
  CASEMENT_SECRET, CASEMENT_URL (public address), CASEMENT_TRUST_PROXY (number of proxies, or their addresses),
  CASEMENT_ADMIN (email:password of the first administrator), SMTP_URL, MAIL_FROM, CASEMENT_LOG (debug, info, warn, error, silent)
`;

/** Throws UsageError for an unknown command or option. */
export function parseArguments(argv: readonly string[]): Arguments | 'help' | 'version' {
  const { values, positionals } = readArguments(argv);
  if (values.help === true || positionals[0] === 'help') return 'help';
  if (values.version === true) return 'version';
  const [name, ...rest] = positionals;
  if (name === undefined)
    throw new UsageError(`Say what to do: casement ${COMMANDS.join(' | ')}. "casement --help" explains.`);
  const command = COMMANDS.find((known) => known === name);
  if (!command)
    throw new UsageError(`"${name}" is not a command.${didYouMean(name, COMMANDS)} Known are ${COMMANDS.join(', ')}.`);
  if (rest.length > 0) throw new UsageError(`"${rest[0]}" stands too much. "casement --help" shows the options.`);
  const demo = values.demo === true;
  if (demo && command === 'check') throw new UsageError('--demo is for start and dev; check touches no data.');
  return { command, project: values.project ?? '.', demo, ...(values.plugin ? { plugins: values.plugin } : {}) };
}

const OPTIONS = {
  project: { type: 'string' },
  plugin: { type: 'string', multiple: true },
  demo: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

function readArguments(argv: readonly string[]) {
  const names = Object.keys(OPTIONS).map((name) => `--${name}`);
  const unknown = argv.find(
    (word) => word.startsWith('--') && word !== '--' && !names.includes(word.split('=')[0] ?? ''),
  );
  if (unknown !== undefined)
    throw new UsageError(`"${unknown}" is not an option.${didYouMean(unknown, names)} "casement --help" lists them.`);
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
