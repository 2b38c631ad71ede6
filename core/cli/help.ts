import { COMMON_OPTIONS } from './arguments.ts';
import type { Command, Option } from './command.ts';

const SETTINGS = `Settings by environment
  PORT (3000), HOST (127.0.0.1), DATABASE_URL (sqlite:PATH or postgres://…), CASEMENT_DATA (folder of files and secrets),
  CASEMENT_SECRET, CASEMENT_URL (public address), CASEMENT_TRUST_PROXY (number of proxies, or their addresses),
  CASEMENT_ADMIN (email:password of the first administrator), SMTP_URL, MAIL_FROM, CASEMENT_JOBS (here, workers), CASEMENT_LOG (debug, info, warn, error, silent)
`;

/** `casement --help`. */
export function overview(commands: readonly Command[]): string {
  const lines = commands.map((command) => [`casement ${usageOf(command)}`, command.summary] as const);
  return `casement: a CRM made from definitions

${columns(lines)}
Options of every command
${optionLines(COMMON_OPTIONS)}  --version  the version of Casement

"casement COMMAND --help" tells more of one.

${SETTINGS}`;
}

/** `casement COMMAND --help`. */
export function helpOf(command: Command): string {
  const about = command.about === undefined ? '' : `${command.about}\n\n`;
  return `casement ${usageOf(command)}: ${command.summary}

${about}Options
${optionLines({ ...command.options, ...COMMON_OPTIONS })}`;
}

function usageOf({ name, operands = [] }: Command): string {
  return [name, ...operands.map((word) => (word.endsWith('?') ? `[${word.slice(0, -1)}]` : word))].join(' ');
}

function optionLines(options: Readonly<Record<string, Option>>): string {
  return columns(
    Object.entries(options).map(([name, { hint, text }]) => [`--${name}${hint ? ` ${hint}` : ''}`, text] as const),
  );
}

function columns(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([left]) => left.length));
  return lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('');
}
