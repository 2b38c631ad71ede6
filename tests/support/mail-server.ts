import { execFileSync, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';

/** A real IMAP server (Dovecot) on loopback, with mailboxes of its own in a temporary folder. */
export interface MailServer {
  /** A mailbox: `imap://user:password@127.0.0.1:port/INBOX`. */
  url(user?: string): string;
  /** Puts letters into a mailbox, in order. */
  deliver(...sources: readonly (string | Buffer)[]): Promise<void>;
  /** The server loses its numbering: every letter gets another number under another validity. */
  renumber(): Promise<void>;
  /** Flags of all letters, to see that nobody has touched them. */
  flags(): Promise<readonly (readonly string[])[]>;
  /** Ends the server; `start` brings it back on the same port. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const USER = 'office';
const PASSWORD = 'secret';

export async function openMailServer(): Promise<MailServer> {
  const dir = await mkdtemp(join(tmpdir(), 'casement-dovecot-'));
  const port = await freePort();
  const config = await writeConfig(dir, port);
  let ended: Promise<unknown> = Promise.resolve();
  const start = async () => {
    const child = spawn('/usr/sbin/dovecot', ['-F', '-c', config], { stdio: 'ignore' });
    ended = new Promise((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', () => reject(new Error('Install dovecot-imapd: the tests of letters that come in need it.')));
    });
    await Promise.race([ended, answers(port)]);
  };
  const stop = async () => {
    execFileSync('/usr/bin/doveadm', ['-c', config, 'stop'], { stdio: 'ignore' });
    await ended;
  };
  await start();
  const url = (user = USER) => `imap://${user}:${PASSWORD}@127.0.0.1:${port}/INBOX`;
  return {
    url,
    start,
    stop,
    deliver: (...sources) =>
      withClient(port, async (client) => {
        for (const source of sources) await client.append('INBOX', source, [], new Date());
      }),
    async renumber() {
      const folder = join(dir, 'mail', USER);
      for (const name of await readdir(folder)) {
        if (name.startsWith('dovecot')) await rm(join(folder, name), { recursive: true });
      }
      // Validity is a time in seconds.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    },
    flags: () =>
      withClient(port, async (client) => {
        await client.mailboxOpen('INBOX', { readOnly: true });
        const found: string[][] = [];
        for await (const { flags } of client.fetch('1:*', { flags: true })) found.push([...(flags ?? [])]);
        return found;
      }),
    async close() {
      await stop().catch(() => undefined);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function withClient<T>(port: number, work: (client: ImapFlow) => Promise<T>): Promise<T> {
  const auth = { user: USER, pass: PASSWORD };
  const client = new ImapFlow({ host: '127.0.0.1', port, secure: false, auth, logger: false });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.logout();
  }
}

/** Without root everything runs as who runs the tests; root hands the letters to nobody, for Dovecot keeps none of root's. */
async function writeConfig(dir: string, port: number): Promise<string> {
  const { uid, gid, username } = userInfo();
  const isRoot = uid === 0;
  const [mailUid, mailGid] = isRoot ? [65_534, 65_534] : [uid, gid];
  const mail = join(dir, 'mail');
  await mkdir(mail);
  await chmod(dir, 0o755);
  if (isRoot) await chown(mail, mailUid, mailGid);
  const internal = isRoot
    ? ''
    : `default_internal_user = ${username}\ndefault_internal_group = ${gid}\ndefault_login_user = ${username}\n`;
  const path = join(dir, 'dovecot.conf');
  await writeFile(
    path,
    `protocols = imap
base_dir = ${dir}/run
state_dir = ${dir}/state
log_path = ${dir}/log
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
${internal}mail_location = maildir:${mail}/%u
mail_uid = ${mailUid}
mail_gid = ${mailGid}
first_valid_uid = 1
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${mailUid} gid=${mailGid} home=${mail}/%u
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`,
  );
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<void> {
  for (let i = 0; i < 400; i += 1) {
    const isThere = await withClient(port, async () => true).catch(() => false);
    if (isThere) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('The IMAP server does not answer.');
}
