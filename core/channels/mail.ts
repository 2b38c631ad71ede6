import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { SendMailOptions, Transporter } from 'nodemailer';
import type { Clock, Log } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import { checkAddress, headersOf, mediaTypeOf, oneLine } from './mail-headers.ts';
import { mailFailure } from './mail-failure.ts';
import { writeToOutbox } from './outbox.ts';

export interface MailSettings {
  /** `smtp://user:password@host:587` or `smtps://…`; without it mails are put into `outboxDir`. */
  readonly smtpUrl?: string;
  /** `office@example.com` or `The Firm <office@example.com>`. */
  readonly from: string;
  /** Folder for `.eml` files that any mail program opens. */
  readonly outboxDir: string;
}

export interface MailOptions {
  readonly settings: MailSettings;
  readonly clock: Clock;
  readonly log: Log;
}

export type MailAttachment = { readonly name: string; readonly type: string } & (
  { readonly path: string } | { readonly content: Uint8Array | string | Readable }
);

export interface MailMessage {
  /** Stable for one mail however often it is tried: the Message-ID is made from it, so that a receiver can tell a repeat. */
  readonly key: string;
  /** Plain addresses, without names. */
  readonly to: string | readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly MailAttachment[];
  /** Only `X-…`, `Auto-Submitted`, `In-Reply-To`, `List-Unsubscribe`, `References`, `Reply-To`. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MailResult {
  readonly messageId: string;
  /** The addresses the server took. A mail counts as sent when the server has accepted it. */
  readonly accepted: readonly string[];
}

export interface Mail {
  /** VALIDATION: the address or the mail is refused for good. UNAVAILABLE: try again later, or the settings are wrong. */
  send(message: MailMessage): Promise<MailResult>;
  /** Whether the server can be reached and takes the log-in. UNAVAILABLE with the reason. */
  probe(): Promise<void>;
}

const TIMEOUTS = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 60_000, dnsTimeout: 10_000 };
/** Nothing in a message may make the server read a file or fetch an address. */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true };

/** Sends mail through the server named in the settings, or keeps it in the outbox folder while there is none. */
export function createMail({ settings, clock, log }: MailOptions): Mail {
  if (oneLine(settings.from) !== settings.from) throw new CasementError('BAD_REQUEST', 'MAIL_FROM must be one line.');
  let transport: ReturnType<typeof openTransport> | undefined;
  return {
    send: async (message) => {
      const recipients = (typeof message.to === 'string' ? [message.to] : message.to).map(checkAddress);
      if (recipients.length === 0)
        throw validationError([{ path: '/to', code: 'required', message: 'A mail needs an address to go to.' }]);
      const composed = compose(message, { recipients, settings, now: clock.now() });
      try {
        transport ??= openTransport(settings);
        const sent = await (await transport).sendMail(composed);
        const messageId = String(composed.messageId);
        if (!settings.smtpUrl) {
          const content = Buffer.isBuffer(sent.message) ? sent.message : Buffer.alloc(0);
          const file = await writeToOutbox(settings.outboxDir, { key: message.key, now: clock.now(), content });
          log.info({ key: message.key, file }, 'No mail server is set: the mail was put into the outbox folder');
          return { messageId, accepted: recipients };
        }
        const rejected = (sent.rejected ?? []).map(String);
        const accepted = recipients.filter((address) => !rejected.includes(address));
        log.info(
          { key: message.key, accepted: accepted.length, rejected: rejected.length },
          'Mail accepted by the server',
        );
        return { messageId, accepted };
      } catch (error) {
        throw mailFailure(error);
      } finally {
        for (const { content } of composed.attachments ?? []) if (isStream(content)) content.destroy();
      }
    },
    async probe() {
      if (!settings.smtpUrl) return;
      transport ??= openTransport(settings);
      try {
        await (await transport).verify();
      } catch (error) {
        throw mailFailure(error);
      }
    },
  };
}

/** The library is loaded with the first mail, not at boot. */
async function openTransport({ smtpUrl }: MailSettings): Promise<Pick<Transporter, 'sendMail' | 'verify'>> {
  const { createTransport } = await import('nodemailer');
  return smtpUrl
    ? createTransport({ url: smtpUrl, ...TIMEOUTS, ...CLOSED })
    : createTransport({ streamTransport: true, buffer: true, newline: 'windows', ...CLOSED });
}

interface Envelope {
  readonly recipients: readonly string[];
  readonly settings: MailSettings;
  readonly now: number;
}

function compose(message: MailMessage, { recipients, settings, now }: Envelope): SendMailOptions {
  return {
    from: settings.from,
    to: recipients.map((address) => ({ name: '', address })),
    subject: oneLine(message.subject),
    text: message.text,
    ...(message.html === undefined ? {} : { html: message.html }),
    messageId: messageIdOf(message.key, settings.from),
    date: new Date(now),
    headers: headersOf(message.headers ?? {}),
    attachments: (message.attachments ?? []).map((attachment) => ({
      filename: oneLine(attachment.name),
      contentType: mediaTypeOf(attachment.type),
      content: 'path' in attachment ? createReadStream(attachment.path) : contentOf(attachment.content),
    })),
    ...CLOSED,
  };
}

function contentOf(content: Uint8Array | string | Readable): Buffer | string | Readable {
  return content instanceof Uint8Array ? Buffer.from(content.buffer, content.byteOffset, content.byteLength) : content;
}

function isStream(content: unknown): content is Readable {
  return typeof content === 'object' && content !== null && 'destroy' in content;
}

/** The Message-ID of the letter with this key. */
export function messageIdOf(key: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'casement.invalid';
  return `<${createHash('sha256').update(key).digest('hex').slice(0, 40)}@${domain}>`;
}
