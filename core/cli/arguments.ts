import { parseArgs } from 'node:util';
import { didYouMean } from '../rules/parse-condition.ts';
import { UsageError } from './command.ts';
import type { Command, Option, OptionValues } from './command.ts';
import { COMMAND_NAMES, loadCommand, loadCommands } from './commands.ts';

export type Arguments =
  | {
      readonly kind: 'run';
      readonly command: Command;
      /** Folder of the project, as typed. */
      readonly project: string;
      /** In place of the project's own list; undefined = the project's. */
      readonly plugins?: readonly string[];
      readonly operands: readonly string[];
      readonly options: OptionValues;
    }
  /** In full of one command or a family such as `db`; else the list of all. */
  | { readonly kind: 'help' | 'overview'; readonly commands: readonly Command[] }
  | { readonly kind: 'version' };

export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  project: { type: 'string', hint: 'DIR', text: 'folder of the project (default: here)' },
  plugin: {
    type: 'string',
    multiple: true,
    hint: 'NAME',
    text: "load this plugin instead of the project's list; may be given several times",
  },
  help: { type: 'boolean', text: 'this text' },
};

/** Throws UsageError for an unknown command or option, and for missing or surplus operands. */
export async function parseArguments(argv: readonly string[]): Promise<Arguments> {
  if (argv[0] === '--version') return { kind: 'version' };
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
  const isHelp = words.includes('--help') || words.includes('-h');
  const family = COMMAND_NAMES.filter((name) => name.startsWith(`${words[0]} `));
  if (isHelp && family.length > 0 && words[1]?.startsWith('-'))
    return { kind: 'help', commands: await loadCommands(family) };
  const { command, rest } = await commandOf(words);
  if (!command) {
    if (isHelp) return { kind: 'overview', commands: await loadCommands() };
    throw new UsageError(`Say what to do: casement ${COMMAND_NAMES.join(' | ')}. "casement --help" explains.`);
  }
  const { values, positionals } = readOptions(command, rest);
  if (values['help'] === true) return { kind: 'help', commands: [command] };
  checkOperands(command, positionals);
  const { project, plugin, help: _, ...options } = values;
  return {
    kind: 'run',
    command,
    project: typeof project === 'string' ? project : '.',
    ...(Array.isArray(plugin) ? { plugins: plugin } : {}),
    operands: positionals,
    options,
  };
}

/** The command the words begin with, two words before one. Options may not stand before it. */
async function commandOf(words: readonly string[]): Promise<{ command?: Command; rest: readonly string[] }> {
  const [first, second] = words;
  if (first === undefined || first.startsWith('-')) return { rest: words };
  const two = await loadCommand(`${first} ${second ?? ''}`);
  if (two) return { command: two, rest: words.slice(2) };
  const one = await loadCommand(first);
  if (one) return { command: one, rest: words.slice(1) };
  const family = COMMAND_NAMES.filter((name) => name.startsWith(`${first} `));
  if (family.length > 0) throw new UsageError(`"${first}" goes with a second word: ${family.join(', ')}.`);
  throw new UsageError(
    `"${first}" is not a command.${didYouMean(first, COMMAND_NAMES)} Known are ${COMMAND_NAMES.join(', ')}.`,
  );
}

function readOptions(command: Command, words: readonly string[]) {
  const known: Readonly<Record<string, Option>> = { ...command.options, ...COMMON_OPTIONS };
  const flags = Object.keys(known).map((name) => `--${name}`);
  const unknown = words.find(
    (word) => word.startsWith('--') && word !== '--' && !flags.includes(word.split('=')[0] ?? ''),
  );
  if (unknown !== undefined)
    throw new UsageError(
      `"${unknown}" is not an option of ${command.name}.${didYouMean(unknown, flags)} "casement ${command.name} --help" lists them.`,
    );
  const options = Object.fromEntries(
    Object.entries(known).map(([name, { type, multiple }]) => [
      name,
      { type, multiple: multiple ?? false, ...(name === 'help' ? { short: 'h' } : {}) },
    ]),
  );
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true }) as {
      values: Record<string, string | boolean | string[] | undefined>;
      positionals: string[];
    };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function checkOperands(command: Command, given: readonly string[]): void {
  const wanted = command.operands ?? [];
  const isOpen = wanted.at(-1)?.includes('…') === true;
  const surplus = isOpen ? undefined : given[wanted.length];
  if (surplus !== undefined)
    throw new UsageError(`"${surplus}" stands too much. "casement ${command.name} --help" shows what it takes.`);
  const missing = wanted.find((word, index) => !word.endsWith('?') && given[index] === undefined);
  if (missing !== undefined)
    throw new UsageError(`${missing} is missing. "casement ${command.name} --help" shows what it takes.`);
}
