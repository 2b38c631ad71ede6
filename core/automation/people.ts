import { asSystem } from '../context.ts';
import type { Context } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { ReadQuery, Records } from '../records/types.ts';

/** Who is meant by a role, by "the head of", by a list. Read with system rights, in the step's transaction where there is one. */

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly language: string | null;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  /** Away at this moment. */
  readonly isAbsent: boolean;
  /** Who stands in for him meanwhile, if anybody. */
  readonly deputy: string | null;
}

export interface PeopleSource {
  readonly ctx: Context;
  readonly records: Records;
  readonly rule: string;
}

const PAGE = 1_000;
const HEAD = 'head';
const OWNER = 'owner';

/** Every active user, by id. */
export async function activeUsers(source: PeopleSource): Promise<readonly Person[]> {
  const users = await readAll(source, { entity: 'user', sort: ['id'] });
  const away = await absences(source);
  return users.filter((user) => user['active'] !== false).map((user) => personOf(user, away));
}

/** Active users with the role, by id. */
export async function usersWithRole(source: PeopleSource, role: string): Promise<readonly Person[]> {
  return (await activeUsers(source)).filter((user) => user.roles.includes(role));
}

/** Himself, or while he is away his deputy; undefined when neither is there. */
export function presentOf(person: Person, users: readonly Person[]): Person | undefined {
  if (!person.isAbsent) return person;
  const deputy = users.find(({ id }) => id === person.deputy);
  return deputy?.isAbsent ? undefined : deputy;
}

/**
 * Who stands so many steps above the user: the heads of his teams, the heads of the teams above, and so on; last of all who has the role `owner`.
 * For a head who is away his deputy counts, else the next one up. Who has no head at all has the users with the role `head` above him.
 * `user` = null (nobody is responsible) starts there.
 */
export async function headsOf(source: PeopleSource, user: string | null, steps = 1): Promise<readonly Person[]> {
  const users = await activeUsers(source);
  const own = users.find(({ id }) => id === user);
  const teams = new Map(
    own && own.teams.length > 0
      ? (await readAll(source, { entity: 'team', sort: ['id'] })).map((team) => [idOf(team['id']) ?? '', team])
      : [],
  );
  const lines = (own?.teams ?? []).map((team) => lineAbove(users, teams, { team, user })).filter(isFilled);
  const withRole = (role: string) =>
    users
      .filter((person) => person.roles.includes(role) && person.id !== user)
      .flatMap((one) => presentOf(one, users) ?? []);
  const levels: (readonly Person[])[] = [];
  for (let level = 0; lines.some((line) => line[level]); level += 1)
    levels.push(lines.flatMap((line) => line[level] ?? []));
  if (levels.length === 0) levels.push(withRole(HEAD));
  levels.push(withRole(OWNER));
  return nthNew(levels.filter(isFilled), steps);
}

/** The people of a level who have not stood on one before; a level of nobody new is none. */
function nthNew(levels: readonly (readonly Person[])[], steps: number): readonly Person[] {
  const seen = new Set<string>();
  const fresh = levels.map((level) => {
    const people = [...new Map(level.map((person) => [person.id, person])).values()].filter(({ id }) => !seen.has(id));
    for (const { id } of people) seen.add(id);
    return people;
  });
  return fresh.filter(isFilled)[steps - 1] ?? [];
}

function isFilled(list: readonly Person[]): boolean {
  return list.length > 0;
}

/** The heads from this team upwards who are there, or their deputies; never the user himself. */
function lineAbove(
  users: readonly Person[],
  teams: ReadonlyMap<string, RecordData>,
  { team: start, user }: { readonly team: string; readonly user: string | null },
): readonly Person[] {
  const line: Person[] = [];
  const seen = new Set<string>();
  for (let id: string | null = start; id !== null && !seen.has(id);) {
    seen.add(id);
    const team: RecordData | undefined = teams.get(id);
    const head = users.find((person) => person.id === idOf(team?.['head']) && person.id !== user);
    const present = head && presentOf(head, users);
    if (present && present.id !== user && !line.includes(present)) line.push(present);
    id = idOf(team?.['parent']);
  }
  return line;
}

/** The language a user reads; null when it is not known. */
export async function languageOf(source: PeopleSource, user: unknown): Promise<string | null> {
  const id = idOf(user);
  if (id === null) return null;
  const [person] = await readAll(source, { entity: 'user', filter: { id }, sort: ['id'] });
  return person ? personOf(person, new Map()).language : null;
}

/** The id in a reference value: itself, or of the expanded record. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { id } = value as { id?: unknown };
  return typeof id === 'string' ? id : null;
}

/** Who is away now, with the deputy. A firm may do without the entity. */
async function absences(source: PeopleSource): Promise<ReadonlyMap<string, string | null>> {
  if (!source.records.model().entities.has('absence')) return new Map();
  const now = { $now: '0s' };
  const filter = { from: { lte: now }, until: { gt: now } };
  const away = await readAll(source, { entity: 'absence', filter, sort: ['id'] });
  return new Map(away.map((row) => [idOf(row['person']) ?? '', idOf(row['deputy'])]));
}

function personOf(user: RecordData, away: ReadonlyMap<string, string | null>): Person {
  const { language, name } = user;
  const id = idOf(user['id']) ?? '';
  return {
    id,
    name: typeof name === 'string' ? name : '',
    language: typeof language === 'string' ? language : null,
    roles: textsOf(user['roles']),
    teams: textsOf(user['teams']),
    isAbsent: away.has(id),
    deputy: away.get(id) ?? null,
  };
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(idOf).filter((id) => id !== null) : [];
}

async function readAll({ ctx, records, rule }: PeopleSource, query: ReadQuery): Promise<readonly RecordData[]> {
  const all: RecordData[] = [];
  let after: string | null = null;
  do {
    const page = { ...query, limit: PAGE, ...(after === null ? {} : { after }) };
    const result = await records.list(asSystem(ctx, `rule ${rule}`), page);
    all.push(...result.data);
    after = result.next;
  } while (after !== null);
  return all;
}
