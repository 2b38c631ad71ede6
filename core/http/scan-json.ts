import { CasementError, validationError } from '../errors.ts';

/** Limits that hold before a validator sees anything. */
const MAX_DEPTH = 32;
const MAX_KEYS = 1000;
const MAX_ITEMS = 10_000;
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

interface Level {
  readonly object: boolean;
  /** Keys of an object seen so far; items of a list less one. */
  count: number;
  key: string;
  /** Inside an object: the next text is a key. */
  expectsKey: boolean;
}

/**
 * JSON text to a value. BAD_REQUEST when it is not JSON, too deep, too wide or holds a key that could reach a prototype; VALIDATION
 * with the place of a number that cannot be kept exactly. The scan runs on the text, before anything recursive touches it.
 */
export function parseJson(source: Uint8Array | string, what = 'The body'): unknown {
  const text = typeof source === 'string' ? source : decodeUtf8(source, what);
  scan(text, what);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CasementError('BAD_REQUEST', `${what} is not valid JSON.`, { cause: error });
  }
}

function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CasementError('BAD_REQUEST', `${what} is not UTF-8 text.`, { cause: error });
  }
}

/** Lenient about grammar: what is not JSON is left to JSON.parse. */
function scan(text: string, what: string): void {
  const levels: Level[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    const level = levels.at(-1);
    if (char === '"') {
      const end = endOfString(text, at);
      if (level?.object && level.expectsKey) takeKey(level, text.slice(at, end + 1), what);
      at = end;
    } else if (char === '{' || char === '[') {
      if (levels.length >= MAX_DEPTH) throw tooMuch(`${what} is nested deeper than ${MAX_DEPTH} levels.`);
      levels.push({ object: char === '{', count: 0, key: '', expectsKey: char === '{' });
    } else if (char === '}' || char === ']') levels.pop();
    else if (char === ',' && level) nextMember(level, what);
    else if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) {
      at = takeNumber(text, at, levels);
    }
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function takeKey(level: Level, literal: string, what: string): void {
  level.expectsKey = false;
  level.count += 1;
  if (level.count > MAX_KEYS) throw tooMuch(`${what} has an object with more than ${MAX_KEYS} keys.`);
  level.key = literal.includes('\\') ? unescape(literal) : literal.slice(1, -1);
  if (REFUSED_KEYS.has(level.key))
    throw new CasementError('BAD_REQUEST', `${what} holds the key "${level.key}", which is never taken.`);
}

function unescape(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

function nextMember(level: Level, what: string): void {
  if (level.object) level.expectsKey = true;
  else {
    level.count += 1;
    if (level.count >= MAX_ITEMS) throw tooMuch(`${what} has a list with more than ${MAX_ITEMS} items.`);
  }
}

/** Answers where the number ends. JSON.parse would round it silently, so it is refused where that would change it. */
function takeNumber(text: string, start: number, levels: readonly Level[]): number {
  let end = start + 1;
  while (end < text.length && /[0-9.eE+-]/.test(text[end] ?? '')) end += 1;
  const literal = text.slice(start, end);
  const digits = significantDigits(literal);
  const kept = digits.length <= 15 || digits === significantDigits(String(Number(literal)));
  if (!kept || !Number.isFinite(Number(literal))) {
    const path = levels.map((level) => `/${escapePointer(level.object ? level.key : String(level.count))}`).join('');
    const message = 'This number cannot be kept exactly. Send it as a text.';
    throw validationError([{ path, code: 'number', message }]);
  }
  return end - 1;
}

function significantDigits(literal: string): string {
  const [mantissa = ''] = literal.replace(/^[+-]/, '').split(/[eE]/);
  return mantissa.replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

function tooMuch(message: string): CasementError {
  return new CasementError('BAD_REQUEST', message);
}

/** Is this key never taken, in any format? */
export function isRefusedKey(key: string): boolean {
  return REFUSED_KEYS.has(key);
}
