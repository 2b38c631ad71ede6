import type { Attachment, Email } from 'postal-mime';
import { oneLine } from '../mail-headers.ts';

/** What a report of the mail system (RFC 3464) says of a letter. */
export interface BounceReport {
  /** Message-ID of the letter that did not arrive; a report that names none is about nothing we know. */
  readonly messageId: string | null;
  readonly recipient: string | null;
  /** Given up for good; a delay is none. */
  readonly isFinal: boolean;
  readonly reason: string;
}

/** Null when the letter is no such report. */
export function reportOf(email: Email): BounceReport | null {
  const status = email.attachments.find(({ mimeType }) => mimeType === 'message/delivery-status');
  if (!status) return null;
  const lines = textOf(status);
  const original = email.attachments.find(({ mimeType }) => /^(message\/rfc822|text\/rfc822-headers)$/.test(mimeType));
  const field = (name: string) => valueOf(lines, name);
  const code = field('status') ?? '';
  const said = field('diagnostic-code')?.replace(/^[^;]*;\s*/, '') ?? '';
  return {
    messageId: /<[^<>\s]{3,250}>/.exec(valueOf(original ? textOf(original) : '', 'message-id') ?? '')?.[0] ?? null,
    recipient: field('final-recipient')?.replace(/^[^;]*;\s*/, '') ?? null,
    isFinal: field('action')?.toLowerCase() === 'failed' && !code.startsWith('4'),
    reason: oneLine(`${code} ${said}`).slice(0, 500),
  };
}

function textOf({ content }: Attachment): string {
  const text = typeof content === 'string' ? content : Buffer.from(new Uint8Array(content)).toString('latin1');
  return text.slice(0, 65_536).replaceAll(/\r?\n[ \t]+/g, ' ');
}

function valueOf(lines: string, name: string): string | undefined {
  return new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(lines)?.[1]?.trim();
}
