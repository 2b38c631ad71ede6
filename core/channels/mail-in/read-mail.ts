import { createHash } from 'node:crypto';
import type { Address, Attachment, Email } from 'postal-mime';
import { oneLine } from '../mail-headers.ts';
import { natureOf } from './mail-nature.ts';
import type { MailNature } from './mail-nature.ts';
import { reportOf } from './bounce-report.ts';
import type { BounceReport } from './bounce-report.ts';
import { textOfHtml } from './text-of-html.ts';

/** A letter as the rest of core sees it: bounded, clean text, nothing in it believed. */
export interface ReceivedMail {
  /** With its angle brackets; null where there is none. */
  readonly messageId: string | null;
  /** The same for the same letter, by whatever way and under whatever number it came; another for every other. */
  readonly digest: string;
  readonly from: { readonly name: string; readonly address: string } | null;
  /** Every address it says it was sent to. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** As it came, unsanitised; null where there is none. */
  readonly html: string | null;
  /** Message-IDs it says it answers, the nearest first; at most 50. */
  readonly references: readonly string[];
  readonly nature: MailNature;
  /** Of a report that a letter did not arrive. */
  readonly bounce: BounceReport | null;
  /** Servers that say the address of the sender is forged (DMARC). Anybody can write such a line; only that of our own server counts. */
  readonly forgedBy: readonly string[];
  readonly attachments: readonly MailPart[];
}

export interface MailPart {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
}

const LIMITS = { maxNestingDepth: 50, maxHeadersSize: 524_288, maxRfc822NestingDepth: 3 };
const MAX_REFERENCES = 50;
const MAX_RECIPIENTS = 100;
const MAX_ATTACHMENTS = 50;
/** Characters; far more than any field keeps. */
const MAX_TEXT = 200_000;

/** Reads a letter. Throws for one that is no letter at all, or nested beyond reason. */
export async function readMail(source: Uint8Array): Promise<ReceivedMail> {
  const { default: PostalMime } = await import('postal-mime');
  const email = await PostalMime.parse(source, { ...LIMITS, attachmentEncoding: 'arraybuffer' });
  const html = clean(email.html ?? '').slice(0, MAX_TEXT);
  const text = clean(email.text ?? '').trim() || textOfHtml(html);
  const from = mailboxes(email.from ? [email.from] : [])[0] ?? null;
  const messageId = messageIds(email.messageId)[0] ?? null;
  const subject = oneLine(clean(email.subject ?? '')).slice(0, 1000);
  return {
    messageId,
    digest: digestOf([messageId ?? '', from?.address ?? '', email.date ?? '', subject, text]),
    from,
    to: recipientsOf(email),
    subject,
    text: text.slice(0, MAX_TEXT),
    html: html.trim() === '' ? null : html,
    references: referencesOf(email),
    nature: natureOf(email, from?.address ?? null),
    bounce: reportOf(email),
    forgedBy: email.headers
      .filter(({ key, value }) => key === 'authentication-results' && /;\s*dmarc\s*=\s*fail\b/i.test(value))
      .map(({ value }) => /^\s*([^\s;]+)/.exec(value)?.[1]?.toLowerCase() ?? ''),
    attachments: email.attachments.filter(isWorthKeeping).slice(0, MAX_ATTACHMENTS).map(partOf),
  };
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function recipientsOf(email: Email): readonly string[] {
  const named = mailboxes([...(email.to ?? []), ...(email.cc ?? [])]).map(({ address }) => address);
  const delivered = email.headers
    .filter(({ key }) => key === 'delivered-to' || key === 'x-original-to' || key === 'envelope-to')
    .map(({ value }) => value.trim().replace(/^<|>$/g, ''));
  return [...new Set([...named, ...delivered])].slice(0, MAX_RECIPIENTS);
}

function mailboxes(addresses: readonly Address[]): readonly { readonly name: string; readonly address: string }[] {
  return addresses
    .flatMap((address) => address.group ?? [address])
    .map(({ name, address }) => ({ name: oneLine(clean(name)).slice(0, 200), address: oneLine(clean(address)) }))
    .filter(({ address }) => /^[^\s@<>()[\]\\,;:"]{1,64}@[^\s@<>()[\]\\,;:"]{1,190}$/u.test(address));
}

/** In-Reply-To names the letter answered; References name the whole talk, the nearest last. */
function referencesOf(email: Email): readonly string[] {
  const chain = messageIds(email.references).reverse();
  return [...new Set([...messageIds(email.inReplyTo), ...chain])].slice(0, MAX_REFERENCES);
}

function messageIds(header: string | undefined): string[] {
  return [...(header ?? '').slice(0, 20_000).matchAll(/<[^<>\s]{3,250}>/g)].map(([id]) => id);
}

/** Pictures that stand inside the text (a logo of a signature) are no attachments; reports are read, not kept. */
function isWorthKeeping({ related, mimeType, content }: Attachment): boolean {
  return related !== true && !/^(message\/|text\/rfc822-headers)/.test(mimeType) && bytesOf(content).length > 0;
}

function partOf({ filename, mimeType, content }: Attachment): MailPart {
  return { name: oneLine(clean(filename ?? 'attachment')).slice(0, 200), type: mimeType, content: bytesOf(content) };
}

function bytesOf(content: Attachment['content']): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
}

/** Without what no database keeps: NUL and halves of surrogate pairs. */
function clean(text: string): string {
  return text
    .replaceAll('\u0000', '')
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD');
}
