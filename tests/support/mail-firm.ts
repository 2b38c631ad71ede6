import { startHttpApp } from './http-app.ts';
import type { Caller, HttpTestApp } from './http-app.ts';
import { openMailServer } from './mail-server.ts';
import type { MailServer } from './mail-server.ts';
import { openMailbox } from './mailbox.ts';
import type { Mailbox } from './mailbox.ts';
import type { Dialect } from './databases.ts';

export type Row = Readonly<Record<string, unknown>>;

/** A firm with a mailbox on a real server, and a real server that takes its letters. */
export interface MailFirm {
  readonly server: MailServer;
  readonly smtp: Mailbox;
  readonly firm: HttpTestApp;
  readonly owner: Caller;
  /** Id of who is responsible for the deals. */
  readonly salesman: string;
  list(plural: string, query?: string): Promise<Row[]>;
  read(): Promise<readonly string[]>;
  /** Delivers, reads, and runs what follows. */
  takes(...letters: readonly (string | Buffer)[]): Promise<readonly string[]>;
  lastActivity(): Promise<Row>;
  /** A deal whose customer has got a letter; the letter as it left. */
  offerSent(email: string): Promise<{
    readonly deal: string;
    readonly contact: string;
    readonly source: string;
    header(name: string): string;
  }>;
  close(): Promise<void>;
}

/** A rule that writes to the customer, whose answer is awaited. */
export const OFFER = {
  name: 'offer',
  title: 'Offer',
  on: { trigger: 'created', entity: 'deal' },
  when: { source: 'walk-in' },
  load: ['customer'],
  do: [
    {
      key: 'mail',
      action: 'mail',
      with: { to: { $expr: 'record.customer.email' }, subject: 'Our offer', body: 'Here it is: {{record.title}}' },
    },
  ],
  as: 'system',
};

/** A rule that follows every letter of a person. */
const ANSWER = {
  name: 'answer',
  title: 'Answer',
  on: { trigger: 'received', by: 'mail', entity: 'deal' },
  do: [
    {
      key: 'task',
      action: 'create',
      with: {
        entity: 'task',
        set: {
          title: 'Answer {{received.data.subject}}',
          about: { entity: 'deal', id: { $expr: 'record.id' } },
        },
      },
    },
  ],
  as: 'system',
};

/** The source of a letter. */
export function letter(headers: Readonly<Record<string, string>>, body = 'Hello'): string {
  const all = { Date: 'Mon, 16 Mar 2026 09:00:00 +0000', 'Content-Type': 'text/plain; charset=utf-8', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n\r\n${body.replaceAll('\n', '\r\n')}\r\n`;
}

export async function openMailFirm(dialect: Dialect): Promise<MailFirm> {
  const [server, smtp] = await Promise.all([openMailServer(), openMailbox()]);
  const firm = await startHttpApp(dialect, {
    workers: false,
    smtpUrl: smtp.url,
    environment: {
      IMAP_URL: server.url(),
      MAIL_REPLY_TO: 're+{token}@firm.example',
      MAIL_TRUSTED_AUTH: 'mx.firm.example',
    },
    files: { 'schemas/automations/offer.json': OFFER, 'schemas/automations/answer.json': ANSWER },
  });
  const salesman = await firm.addUser({ email: 'sam@firm.example', roles: ['owner'] });
  const owner = await firm.login('sam@firm.example');
  const list = async (plural: string, query = '') =>
    (await owner('GET', `/api/${plural}?limit=100&sort=id${query}`)).json['data'] as Row[];
  const read = () => firm.app.ways.mailIn.read();
  return {
    server,
    smtp,
    firm,
    owner,
    salesman,
    list,
    read,
    async takes(...letters) {
      await server.deliver(...letters);
      const taken = await read();
      await firm.app.jobs.drain();
      return taken;
    },
    lastActivity: async () => (await list('activities')).at(-1) ?? {},
    async offerSent(email) {
      const contact = await owner('POST', '/api/contacts', { name: email, email });
      const customer = String(contact.json['id']);
      const deal = await owner('POST', '/api/deals', {
        title: `Windows for ${email}`,
        customer,
        source: 'walk-in',
        assignee: salesman,
      });
      await firm.app.jobs.drain();
      const { source } = smtp.letters.at(-1) ?? { source: '' };
      const unfolded = source.replaceAll(/\r\n[ \t]+/g, ' ');
      const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(unfolded)?.[1]?.trim() ?? '';
      return { deal: String(deal.json['id']), contact: customer, source, header };
    },
    async close() {
      await firm.close();
      await server.close();
      await smtp.close();
    },
  };
}
