import type { MailService } from '../automation/actions/mail.ts';
import type { Mail } from '../channels/mail.ts';
import type { Files } from '../files/create-files.ts';

/** The mail channel as automation knows it: files by id become attachments. */
export function createLetters(mail: Mail, files: Pick<Files, 'open'>): MailService {
  return {
    async send(_ctx, letter) {
      const { key, to, subject, text } = letter;
      const opened = await Promise.all(letter.attachments.map((id) => files.open(id)));
      const attachments = opened.map(({ meta, stream }) => ({ name: meta.name, type: meta.type, content: stream }));
      return mail.send({ key, to, subject, text, attachments });
    },
  };
}
