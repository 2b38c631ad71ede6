import { CasementError, validationError } from '../errors.ts';

const ALLOWED = new Set(['auto-submitted', 'in-reply-to', 'list-unsubscribe', 'references', 'reply-to']);
const ADDRESS = /^[^\s@<>(),;:"\\[\]]{1,64}@[^\s@<>(),;:"\\[\]]{1,190}$/u;

/** The text without line ends and other control characters: nothing can follow it as a header of its own. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** One plain address; lists, names and anything that could add a recipient are refused. */
export function checkAddress(address: string): string {
  const plain = typeof address === 'string' ? address.trim() : '';
  if (plain !== address || !ADDRESS.test(plain)) {
    const shown = oneLine(plain).slice(0, 100);
    throw validationError([
      { path: '/to', code: 'format', message: `"${shown}" is not an e-mail address.`, params: { value: shown } },
    ]);
  }
  return plain;
}

/** Headers a sender may add; those that address, sign or structure a mail are ours. */
export function headersOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => {
    const isAllowed = /^x-[a-z0-9-]{1,60}$/i.test(name) || ALLOWED.has(name.toLowerCase());
    if (!isAllowed) throw new CasementError('BAD_REQUEST', `The mail header "${oneLine(name)}" cannot be set.`);
    return [name, oneLine(value)];
  });
  return Object.fromEntries(entries);
}

export function mediaTypeOf(type: string): string {
  return /^[a-z0-9.+-]+\/[a-z0-9.+-]+$/i.test(type) ? type : 'application/octet-stream';
}
