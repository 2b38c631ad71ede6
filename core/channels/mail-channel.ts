import type { ChannelType } from './channel.ts';
import type { Mail } from './mail.ts';

/** Letters out, as a channel among others. */
export function mailChannel(mail: Mail): ChannelType {
  return {
    name: 'mail',
    title: 'Letters out; without a server they are put into the outbox folder',
    settings: {
      type: 'object',
      properties: {
        url: { type: 'string', title: 'Server: smtp://user:password@host:587', 'x-env': 'SMTP_URL', 'x-secret': true },
        from: { type: 'string', title: 'Sender: The Firm <office@example.com>', 'x-env': 'MAIL_FROM' },
        replyTo: {
          type: 'string',
          title: 'Where answers go, when the mail server changes Message-IDs: re+{token}@example.com',
          'x-env': 'MAIL_REPLY_TO',
        },
      },
      required: ['url'],
    },
    open: () => ({
      async send({ key, to, subject = '', text }) {
        const { messageId } = await mail.send({ key, to, subject, text });
        return { id: messageId };
      },
      probe: () => mail.probe(),
    }),
  };
}
