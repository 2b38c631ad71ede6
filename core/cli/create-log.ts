import { writeSync } from 'node:fs';
import { pino } from 'pino';
import type { Log } from '../context.ts';
import type { LogLevel } from './settings.ts';

const STDERR = 2;
/** Bytes of lines that wait for room on a full disk. */
const MOST_WAITING = 1_048_576;
/** Milliseconds until it is tried again, if no line comes before. */
const PATIENCE = 100;

const SECRETS = ['password', 'token', 'key', 'secret', 'authorization', 'cookie', 'hash'];

/** One JSON object for each line on stderr, or lines for people. Secrets never reach it. Texts for the operator go to stdout. */
export function createLog(level: LogLevel, style: 'json' | 'pretty'): Log {
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`]), censor: '[hidden]' };
  const stderr = openStderr();
  const destination = style === 'json' ? stderr : { write: (line: string) => stderr.write(prettyLine(line)) };
  return pino({ level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}

/**
 * Each line is written at once. What a full disk or a closed pipe does not take waits for room or is lost, and never stops the server.
 */
function openStderr(): { write(line: string): void } {
  const waiting: Buffer[] = [];
  let size = 0;
  let again: NodeJS.Timeout | undefined;
  const flush = () => {
    try {
      for (let first = waiting[0]; first; first = waiting[0]) {
        const written = writeSync(STDERR, first);
        size -= written;
        if (written === first.length) waiting.shift();
        else waiting[0] = first.subarray(written);
      }
    } catch {
      again ??= setTimeout(() => {
        again = undefined;
        flush();
      }, PATIENCE).unref();
    }
  };
  return {
    write(line) {
      const bytes = Buffer.from(line);
      if (size + bytes.length <= MOST_WAITING) {
        waiting.push(bytes);
        size += bytes.length;
      }
      flush();
    },
  };
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
