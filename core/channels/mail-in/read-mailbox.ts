import type { ImapFlow } from 'imapflow';
import type { Transaction } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import { PermanentJobError } from '../../jobs/permanent-error.ts';
import type { Jobs } from '../../jobs/types.ts';
import { sql } from '../../storage/sql.ts';
import type { TakeContext } from '../find-counterpart.ts';
import { withMailbox } from './imap-account.ts';
import type { ImapAccount } from './imap-account.ts';
import { readMail } from './read-mail.ts';
import { takeMail } from './take-mail.ts';
import type { TakeDeps, Taken } from './take-mail.ts';

export interface MailboxDeps extends TakeDeps {
  readonly jobs: Pick<Jobs, 'handle' | 'enqueue'>;
  readonly account: ImapAccount;
  /** A key, for rules. */
  readonly name: string;
}

/** A letter that could not be taken is tried again by itself, and then stands among the dead jobs for people to see. */
export const LETTER_JOB = 'mail-letter';
/** Letters of one reading; the next goes on. */
const MOST = 200;
/** A larger one is noted by its head alone. */
const MAX_BYTES = 26_214_400;
const MAX_PARTS = 5_000;
/** Of a mailbox that is new here, what nobody has read of the last days is taken: not its whole past. */
const FIRST_DAYS = 3 * 86_400_000;

interface Bookmark {
  readonly validity: string;
  readonly lastUid: number;
}

interface Listed {
  readonly uid: number;
  readonly size: number;
  readonly at: number;
}

/** Reads what is new in the mailbox and takes it, letter by letter. Answers what became of each. */
export async function readMailbox(deps: MailboxDeps): Promise<readonly Taken[]> {
  return withMailbox(deps.account, async (client) => {
    const mailbox = client.mailbox;
    if (!mailbox) throw new CasementError('UNAVAILABLE', 'The mailbox was closed while it was read.');
    const validity = String(mailbox.uidValidity);
    const bookmark = await readBookmark(deps);
    const letters = await listNew(client, { deps, validity, bookmark });
    const taken: Taken[] = [];
    for (const letter of letters.slice(0, MOST)) taken.push(...(await takeOne(deps, client, { ...letter, validity })));
    const isAll = letters.length <= MOST;
    if (isAll && bookmark?.validity !== validity)
      await deps.db.transaction((tx) => putBookmark(tx, deps.name, { validity, lastUid: mailbox.uidNext - 1 }));
    return taken;
  });
}

interface Reading {
  readonly deps: MailboxDeps;
  readonly validity: string;
  readonly bookmark: Bookmark | undefined;
}

/** By number from the bookmark on. Where the server has numbered anew, and at the first time: of the last days, told apart by what they say. */
async function listNew(client: ImapFlow, { deps, validity, bookmark }: Reading): Promise<readonly Listed[]> {
  const since = new Date(deps.clock.now() - FIRST_DAYS);
  const isKnown = bookmark?.validity === validity;
  const range = isKnown
    ? `${bookmark.lastUid + 1}:*`
    : await client.search({ since, ...(bookmark ? {} : { seen: false }) }, { uid: true });
  if (range === false || range.length === 0) return [];
  const listed: Listed[] = [];
  for await (const { uid, size, internalDate } of client.fetch(
    range,
    { uid: true, size: true, internalDate: true },
    { uid: true },
  )) {
    // "n:*" always names the last letter, were it older than n.
    if (isKnown && uid <= bookmark.lastUid) continue;
    listed.push({ uid, size: size ?? 0, at: internalDate ? new Date(internalDate).getTime() : deps.clock.now() });
  }
  return listed.sort((a, b) => a.uid - b.uid);
}

interface Numbered extends Listed {
  readonly validity: string;
}

/** What is wrong with one letter does not keep the others; what is wrong with us or the network does. */
async function takeOne(deps: MailboxDeps, client: ImapFlow, letter: Numbered): Promise<readonly Taken[]> {
  const { validity, uid } = letter;
  try {
    return [await fetchAndTake(deps, client, letter)];
  } catch (error) {
    if (error instanceof CasementError && error.code === 'UNAVAILABLE') throw error;
    if (!client.usable) throw error;
    deps.log.error({ mailbox: deps.name, uid, err: error }, 'A letter could not be taken; it is tried again by itself');
    await deps.db.transaction(async (tx) => {
      await deps.jobs.enqueue(tx, {
        kind: LETTER_JOB,
        key: `${LETTER_JOB}:${deps.name}:${validity}:${uid}`,
        payload: { validity, uid },
      });
      await putBookmark(tx, deps.name, { validity, lastUid: uid });
    });
    return [];
  }
}

async function fetchAndTake(
  deps: MailboxDeps,
  client: ImapFlow,
  { uid, size, at, validity }: Numbered,
): Promise<Taken> {
  const source = await fetchSource(client, uid, size);
  if (source === null) return 'ignored';
  return takeMail(deps, {
    mail: await readMail(source),
    mailbox: deps.name,
    at,
    advance: (ctx: TakeContext) => putBookmark(ctx.tx, deps.name, { validity, lastUid: uid }),
  });
}

/** Null when the letter has gone meanwhile. Of one that would keep the server busy only its head. */
async function fetchSource(client: ImapFlow, uid: number, size: number): Promise<Uint8Array | null> {
  if (size > MAX_BYTES) return fetchHead(client, uid, `is ${Math.round(size / 1_048_576)} MiB, more than is read here`);
  const whole = await client.fetchOne(String(uid), { source: true }, { uid: true });
  if (whole === false || !whole.source) return null;
  return countParts(whole.source) > MAX_PARTS
    ? fetchHead(client, uid, 'has too many parts to be read here')
    : whole.source;
}

async function fetchHead(client: ImapFlow, uid: number, why: string): Promise<Uint8Array | null> {
  const head = await client.fetchOne(String(uid), { headers: true }, { uid: true });
  if (head === false || !head.headers) return null;
  const bare = head.headers
    .toString('latin1')
    .replaceAll(/^content-(type|transfer-encoding):.*\r?\n([ \t].*\r?\n)*/gim, '');
  return Buffer.from(`${bare.trimEnd()}\r\n\r\nThis letter ${why}. Find it in the mailbox.\r\n`, 'latin1');
}

/** At most; lines that could begin one are counted, since the parser takes longer for each the more there are. */
function countParts(source: Buffer): number {
  let count = 0;
  for (let at = source.indexOf('\n--'); at >= 0 && count <= MAX_PARTS; at = source.indexOf('\n--', at + 1)) count += 1;
  return count;
}

async function readBookmark({ db, name }: MailboxDeps): Promise<Bookmark | undefined> {
  const [row] = await db.read<{ validity: string; lastUid: string | number }>(
    sql`SELECT "validity", "lastUid" FROM "_mailboxes" WHERE "name" = ${name}`,
  );
  return row && { validity: row.validity, lastUid: Number(row.lastUid) };
}

/** Never back, under the same numbering: another process may have read further. */
async function putBookmark(tx: Transaction, name: string, { validity, lastUid }: Bookmark): Promise<void> {
  await tx.run(sql`
    INSERT INTO "_mailboxes" ("name", "validity", "lastUid") VALUES (${name}, ${validity}, ${lastUid})
    ON CONFLICT ("name") DO UPDATE SET "validity" = excluded."validity",
      "lastUid" = CASE WHEN "_mailboxes"."validity" = excluded."validity" AND "_mailboxes"."lastUid" > excluded."lastUid"
        THEN "_mailboxes"."lastUid" ELSE excluded."lastUid" END`);
}

/** The second chance of a letter. */
export function handleLetters(deps: MailboxDeps): void {
  deps.jobs.handle(LETTER_JOB, async (run) => {
    const { validity, uid } = run.job.payload as { validity?: unknown; uid?: unknown };
    const taken = await withMailbox(deps.account, async (client) => {
      const mailbox = client.mailbox;
      if (!mailbox || String(mailbox.uidValidity) !== validity || typeof uid !== 'number')
        throw new PermanentJobError(
          'The mail server has numbered its letters anew; this one is found by another number.',
        );
      const found = await client.fetchOne(String(uid), { uid: true, size: true, internalDate: true }, { uid: true });
      if (found === false) return null;
      const at = found.internalDate ? new Date(found.internalDate).getTime() : deps.clock.now();
      const source = await fetchSource(client, uid, found.size ?? 0);
      return source && takeMail(deps, { mail: await readMail(source), mailbox: deps.name, at });
    });
    run.log({
      message: taken === null ? 'The letter is no longer in the mailbox.' : `The letter was taken: ${taken}.`,
    });
  });
}
