import type { ChannelType } from '../channel.ts';
import { withMailbox, parseImapUrl } from './imap-account.ts';
import type { ImapAccount } from './imap-account.ts';
import { handleLetters, readMailbox } from './read-mailbox.ts';
import type { MailboxDeps } from './read-mailbox.ts';
import type { Taken } from './take-mail.ts';

/** Letters in. */
export interface MailIn {
  readonly type: ChannelType;
  /** Reads the mailbox now; nothing while none is set. */
  read(): Promise<readonly Taken[]>;
  /** From now on reads it again and again, noting how that goes. */
  start(watch: (work: () => Promise<unknown>) => Promise<unknown>): void;
  /** Waits for the reading at work, at most 5 s. */
  stop(): Promise<void>;
}

/** Milliseconds between two readings. */
const EVERY = 20_000;
const PATIENCE = 5_000;
const NAME = 'mailbox';

/** The mailbox of IMAP_URL. Every process reads it; a letter is taken by one of them. */
export function createMailIn(deps: Omit<MailboxDeps, 'account' | 'name' | 'trusted'>): MailIn {
  let open: { readonly account: ImapAccount; readonly trusted?: string } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<unknown> = Promise.resolve();
  let isStopped = false;
  const read = async () => (open ? readMailbox({ ...deps, ...open, name: NAME }) : []);
  return {
    type: {
      name: NAME,
      title: 'Letters in',
      settings: SETTINGS,
      open({ settings }) {
        const account = parseImapUrl(settings['url'] ?? '');
        const { trusted } = settings;
        open = { account, ...(trusted === undefined ? {} : { trusted }) };
        handleLetters({ ...deps, ...open, name: NAME });
        return { probe: () => withMailbox(account, async () => undefined) };
      },
    },
    read,
    start(watch) {
      if (!open) return;
      const again = () => {
        // What goes wrong is noted, and the next reading tries again.
        reading = watch(read)
          .catch(() => undefined)
          .finally(() => {
            if (!isStopped) timer = setTimeout(again, EVERY).unref();
          });
      };
      again();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      // A letter that is being taken is taken whole; a server that hangs is not waited for.
      await Promise.race([reading, new Promise((resolve) => setTimeout(resolve, PATIENCE).unref())]);
    },
  };
}

const SETTINGS = {
  type: 'object',
  properties: {
    url: {
      type: 'string',
      title: 'Mailbox: imaps://user:password@host:993/INBOX',
      'x-env': 'IMAP_URL',
      'x-secret': true,
    },
    trusted: {
      type: 'string',
      title: 'Name under which the own mail server writes Authentication-Results',
      'x-env': 'MAIL_TRUSTED_AUTH',
    },
  },
  required: ['url'],
} as const;
