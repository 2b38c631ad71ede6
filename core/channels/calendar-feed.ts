import { createHash, randomBytes } from 'node:crypto';
import type { ICalCalendar, ICalEventData } from 'ical-generator';
import { instant } from '../context.ts';
import type { Clock, Context, Log, Principal } from '../context.ts';
import { CasementError } from '../errors.ts';
import { parseDurationText } from '../fields/duration-text.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { RecordsService } from '../records/create-records.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { textOf } from './find-counterpart.ts';

/** A person's tasks and visits for his calendar program, at an address only he knows. */
export interface CalendarFeeds {
  /** The token of a new address, told once; the one before ends. */
  issue(ctx: Context): Promise<{ readonly token: string }>;
  /** Since when there is an address; null = none. */
  issuedAt(user: string): Promise<string | null>;
  revoke(ctx: Context): Promise<void>;
  /** The calendar as iCalendar text, with the rights its owner has now. NOT_FOUND for a token that opens nothing. */
  render(token: string): Promise<string>;
}

export interface FeedDeps {
  readonly db: Database;
  readonly records: RecordsService;
  readonly principalOf: (user: string) => Promise<Principal>;
  /** Public address, for links to the cards. */
  readonly url: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

const DAY = 86_400_000;
/** What is longer over is left out. */
const PAST = 30 * DAY;
const MOST = 1_000;
const HALF_HOUR = 1_800_000;
const HOUR = 3_600_000;

export function createCalendarFeeds(deps: FeedDeps): CalendarFeeds {
  const { db, records, clock } = deps;
  return {
    async issue(ctx) {
      const user = personOf(ctx);
      const token = randomBytes(32).toString('base64url');
      await records.transaction(ctx, async ({ tx }) => {
        await tx.run(sql`DELETE FROM "_feeds" WHERE "user" = ${user}`);
        await tx.run(
          sql`INSERT INTO "_feeds" ("hash", "user", "createdAt") VALUES (${hashOf(token)}, ${user}, ${instant(clock)})`,
        );
      });
      return { token };
    },
    async issuedAt(user) {
      const [row] = await db.read<{ createdAt: string }>(sql`SELECT "createdAt" FROM "_feeds" WHERE "user" = ${user}`);
      return row?.createdAt ?? null;
    },
    async revoke(ctx) {
      const user = personOf(ctx);
      await records.transaction(ctx, ({ tx }) => tx.run(sql`DELETE FROM "_feeds" WHERE "user" = ${user}`));
    },
    async render(token) {
      const [row] = await db.read<{ user: string }>(sql`SELECT "user" FROM "_feeds" WHERE "hash" = ${hashOf(token)}`);
      if (!row) throw noFeed();
      const principal = await deps.principalOf(row.user).catch((error: unknown) => {
        throw error instanceof CasementError && error.code === 'FORBIDDEN' ? noFeed() : error;
      });
      return renderFeed(deps, principal);
    },
  };
}

/** Only a person himself, logged in: a key must not outlive itself by an address. */
function personOf({ principal }: Context): string {
  if (principal.kind !== 'user' || principal.id === null)
    throw new CasementError('FORBIDDEN', 'A calendar belongs to a person. Log in to get its address.');
  return principal.id;
}

function noFeed(): CasementError {
  return new CasementError('NOT_FOUND', 'There is no such calendar. Its address may have been revoked.');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

async function renderFeed(deps: FeedDeps, principal: Principal): Promise<string> {
  const { records, clock, log } = deps;
  const organisation = records.organisation();
  const ctx: Context = { principal, door: 'api', clock, log, locale: organisation.language };
  const since = new Date(clock.now() - PAST).toISOString();
  const { default: ical } = await import('ical-generator');
  const calendar = ical({
    name: `${organisation.name}: ${principal.name}`,
    prodId: '//Casement//Calendar//EN',
    ttl: 900,
  });
  // Instants are written in UTC, which every program shows in its own zone; this only says which zone that of the firm is.
  calendar.x([{ key: 'X-WR-TIMEZONE', value: organisation.zone }]);
  const tasks = await list(deps, ctx, {
    entity: 'task',
    filter: { assignee: principal.id, dueAt: { gte: since } },
    sort: ['dueAt', 'id'],
  });
  const visits = await list(deps, ctx, {
    entity: 'activity',
    filter: { assignee: principal.id, kind: { in: ['visit', 'meeting'] }, at: { gte: since } },
    sort: ['at', 'id'],
    expand: ['contact'],
  });
  for (const task of tasks) addEvent(calendar, taskEvent(deps, task));
  for (const visit of visits) addEvent(calendar, visitEvent(deps, visit));
  return calendar.toString();
}

function addEvent(calendar: ICalCalendar, event: ICalEventData | null): void {
  if (event) calendar.createEvent(event);
}

/** Whoever may not read an entity, or a field that is asked for, has nothing of it in his calendar. */
async function list(
  { records }: FeedDeps,
  ctx: Context,
  query: { entity: string; filter: unknown; sort: readonly string[]; expand?: readonly string[] },
): Promise<readonly RecordData[]> {
  try {
    return (await records.list(ctx, { ...query, limit: MOST })).data;
  } catch (error) {
    if (error instanceof CasementError && (error.code === 'FORBIDDEN' || error.code === 'BAD_REQUEST')) return [];
    throw error;
  }
}

function taskEvent(deps: FeedDeps, task: RecordData): ICalEventData | null {
  const start = instantOf(task['dueAt']);
  if (start === null) return null;
  const isDone = typeof task['doneAt'] === 'string';
  const summary = `${isDone ? '✓ ' : ''}${plain(task['title'])}`;
  return {
    ...shared(deps, task, 'tasks'),
    start,
    end: new Date(start.getTime() + HALF_HOUR),
    summary,
    ...described(task['notes']),
  };
}

function visitEvent(deps: FeedDeps, visit: RecordData): ICalEventData | null {
  const start = instantOf(visit['at']);
  if (start === null) return null;
  const length = typeof visit['duration'] === 'string' ? parseDurationText(visit['duration']) : null;
  const contact = visit['contact'];
  const card = typeof contact === 'object' && contact !== null && !Array.isArray(contact) ? contact : {};
  const who = 'name' in card ? plain(card['name']) : '';
  const summary = [plain(visit['subject']), who].filter((part) => part !== '').join(' · ');
  const location = 'address' in card ? plain(card['address']) : '';
  return {
    ...shared(deps, visit, 'activities'),
    start,
    end: new Date(start.getTime() + (length || HOUR)),
    summary,
    ...described(visit['nextStep']),
    ...(location === '' ? {} : { location }),
  };
}

/** The same text for the same record, so that programs see what has changed. */
function shared(
  { url }: FeedDeps,
  record: RecordData,
  plural: string,
): Pick<ICalEventData, 'id' | 'sequence' | 'stamp' | 'url'> {
  const id = textOf(record['id']);
  const changed = instantOf(record['updatedAt']);
  return {
    id: `${id}@casement`,
    sequence: Number(record['version'] ?? 0),
    ...(changed ? { stamp: changed } : {}),
    ...(url === undefined ? {} : { url: `${url}/app/${plural}/${id}` }),
  };
}

/** Without control characters, which the format cannot hold. */
function plain(value: Value | undefined): string {
  return textOf(value).replaceAll(/[^\P{Cc}\n]/gu, '');
}

function described(value: Value | undefined): { readonly description?: string } {
  const description = plain(value);
  return description === '' ? {} : { description };
}

function instantOf(value: unknown): Date | null {
  return typeof value === 'string' ? new Date(value) : null;
}
