import { pino } from 'pino';
import type { Log } from '../context.ts';
import type { LogLevel } from './settings.ts';

const SECRETS = ['password', 'token', 'key', 'secret', 'authorization', 'cookie', 'hash'];

/** One JSON object for each line on stderr, or lines for people. Secrets never reach it. Texts for the operator go to stdout. */
export function createLog(level: LogLevel, style: 'json' | 'pretty'): Log {
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' };
  const destination =
    style === 'json'
      ? pino.destination({ fd: 2, sync: true })
      : { write: (line: string) => void process.stderr.write(prettyLine(line)) };
  return pino({ level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

const LEVELS: Readonly<Record<number, string>> = { 20: 'debug', 30: 'info ', 40: 'WARN ', 50: 'ERROR' };

/** `12:03:04 info  message {"rest":1}`, with the stack of an error below. */
export function prettyLine(json: string): string {
  const entry = JSON.parse(json) as Readonly<Record<string, unknown>>;
  const { level, time, msg, err, ...rest } = entry;
  const clock = typeof time === 'string' ? time.slice(11, 19) : '';
  const details = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : '';
  const stack = typeof err === 'object' && err !== null && 'stack' in err ? `\n${String(err.stack)}` : '';
  return `${clock} ${LEVELS[Number(level)] ?? String(level)} ${typeof msg === 'string' ? msg : ''}${details}${stack}\n`;
}
