import type { MailService } from '../automation/actions/mail.ts';
import { noteKnown } from '../channels/known-things.ts';
import type { Channels } from '../channels/create-channels.ts';
import type { ReplyTokens } from '../channels/mail-in/reply-token.ts';
import { messageIdOf } from '../channels/mail.ts';
import type { Mail } from '../channels/mail.ts';
import { asSystem } from '../context.ts';
import type { Files } from '../files/create-files.ts';
import type { Records } from '../records/types.ts';

export interface LetterDeps {
  readonly mail: Mail;
  readonly from: string;
  readonly files: Pick<Files, 'open'>;
  readonly records: Records;
  readonly channels: Pick<Channels, 'watch'>;
  readonly tokens: ReplyTokens;
}

/**
 * The mail channel as automation knows it: files by id become attachments, and an answer finds its way back. Where the letter stands is noted
 * before it leaves, for the answer may be quick; machines are told that a machine wrote it (RFC 3834), so that they do not answer.
 */
export function createLetters({ mail, from, files, records, channels, tokens }: LetterDeps): MailService {
  return {
    async send(ctx, letter) {
      const { key, to, subject, text, about } = letter;
      await records.transaction(asSystem(ctx, 'a letter that is about to be sent'), (inside) =>
        noteKnown(inside, 'letter', { id: messageIdOf(key, from), entity: about.entity, record: about.id }),
      );
      const opened = await Promise.all(letter.attachments.map((id) => files.open(id)));
      const attachments = opened.map(({ meta, stream }) => ({ name: meta.name, type: meta.type, content: stream }));
      const replyTo = tokens.addressFor(about.id);
      const headers = { 'Auto-Submitted': 'auto-generated', ...(replyTo === undefined ? {} : { 'Reply-To': replyTo }) };
      return channels.watch('mail', () => mail.send({ key, to, subject, text, attachments, headers }));
    },
    sent: (ctx, { messageId, activity }) =>
      noteKnown(ctx, 'letter', { id: messageId, entity: 'activity', record: activity, replace: true }),
  };
}
