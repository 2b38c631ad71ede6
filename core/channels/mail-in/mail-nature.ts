import type { Email } from 'postal-mime';

/** Who wrote a letter: a person; a machine on its own (an answer while away, a newsletter, an alarm); the mail system, about a letter of ours. */
export type MailNature = 'person' | 'automatic' | 'bounce';

const SENDERS = /^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|listserv|majordomo)([+-][^@]*)?@/i;

/** By the marks machines put on what they send (RFC 3834, RFC 3464, RFC 2919 and the older ones): no such letter is answered or makes a lead. */
export function natureOf(email: Email, from: string | null): MailNature {
  const header = (name: string) =>
    email.headers
      .find(({ key }) => key === name)
      ?.value.trim()
      .toLowerCase();
  const type = header('content-type') ?? '';
  if (type.startsWith('multipart/report') && /report-type\s*=\s*"?delivery-status/.test(type)) return 'bounce';
  if (from !== null && /^mailer-daemon@/i.test(from)) return 'bounce';
  const isSubmitted = (header('auto-submitted') ?? 'no').split(';')[0]?.trim() !== 'no';
  const precedence = header('precedence') ?? '';
  const isMarked =
    isSubmitted ||
    ['bulk', 'auto_reply', 'junk', 'list'].includes(precedence) ||
    MARKS.some((name) => header(name) !== undefined) ||
    // Whoever wants no answer to an error has none to give.
    header('return-path') === '<>' ||
    type.startsWith('multipart/report');
  return isMarked || (from !== null && SENDERS.test(from)) ? 'automatic' : 'person';
}

const MARKS = [
  'list-id',
  'list-unsubscribe',
  'x-autoreply',
  'x-autorespond',
  'x-autoresponder',
  'feedback-id',
] as const;
