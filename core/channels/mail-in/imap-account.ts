import type { ImapFlow } from 'imapflow';
import { CasementError } from '../../errors.ts';

/** `imaps://user:password@host:993/INBOX`. */
export interface ImapAccount {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string;
  readonly pass: string;
  readonly folder: string;
}

/** Throws a sentence. */
export function parseImapUrl(text: string): ImapAccount {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^imaps?:$/.test(url.protocol) || url.hostname === '' || url.username === '')
    throw new Error('Must be imaps://user:password@host:993/INBOX, or imap:// for a server that offers STARTTLS.');
  const secure = url.protocol === 'imaps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 993 : 143) : Number(url.port),
    secure,
    user: decodeURIComponent(url.username),
    pass: decodeURIComponent(url.password),
    folder: decodeURIComponent(url.pathname.slice(1)) || 'INBOX',
  };
}

const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 60_000 };
const MIB = 1_048_576;
const MAX_BYTES = { maxLiteralSize: 40 * MIB, maxResponseSize: 48 * MIB, maxLineLength: 4 * MIB };
const LOOPBACK = /^(localhost|127\.|::1$)/;

/** The library is loaded with the first reading. A connection for the time of the work, the folder open for reading: no flag of a letter is ever changed. UNAVAILABLE when that fails. */
export async function withMailbox<T>(account: ImapAccount, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const { host, port, secure, user, pass, folder } = account;
  const { ImapFlow: Client } = await import('imapflow');
  const client = new Client({
    host,
    port,
    secure,
    auth: { user, pass },
    // A password never goes over a network in the clear.
    ...(secure || LOOPBACK.test(host) ? {} : { doSTARTTLS: true }),
    logger: false,
    disableAutoIdle: true,
    ...TIMEOUTS,
    ...MAX_BYTES,
  });
  // What breaks while nothing is asked ends the next question.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.mailboxOpen(folder, { readOnly: true });
    return await work(client);
  } catch (error) {
    throw imapFailure(error, folder);
  } finally {
    await client.logout().catch(() => client.close());
  }
}

/** Names neither user nor password. */
function imapFailure(error: unknown, folder: string): unknown {
  if (error instanceof CasementError) return error;
  const failure: Error & {
    code?: string;
    authenticationFailed?: boolean;
    mailboxMissing?: boolean;
    responseText?: string;
  } = error instanceof Error ? error : new Error(String(error));
  const why = failure.authenticationFailed
    ? 'does not accept the log-in. Check the name and password in IMAP_URL'
    : failure.mailboxMissing
      ? `has no folder "${folder}". Name another in IMAP_URL`
      : `cannot be reached or broke off (${failure.code ?? failure.responseText ?? failure.message})`;
  return new CasementError('UNAVAILABLE', `The mailbox ${why}.`, { cause: error });
}
