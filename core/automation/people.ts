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
  return users.filter((user) => user['active'] !== false).map(personOf);
}

/** Active users with the role, by id. */
export async function usersWithRole(source: PeopleSource, role: string): Promise<readonly Person[]> {
  return (await activeUsers(source)).filter((user) => user.roles.includes(role));
}

/**
 * The heads of the user's teams; of a head himself, the head of the team above. Without any: users with the role `head`, else with the
 * role `owner`. `user` = null (nobody is responsible) starts there.
 */
export async function headsOf(source: PeopleSource, user: string | null): Promise<readonly Person[]> {
  const users = await activeUsers(source);
  const byId = new Map(users.map((person) => [person.id, person]));
  const heads = new Map<string, Person>();
  const own = user === null ? undefined : byId.get(user);
  if (own && own.teams.length > 0) {
    const teams = new Map(
      (await readAll(source, { entity: 'team', sort: ['id'] })).map((team) => [idOf(team['id']) ?? '', team]),
    );
    for (const team of own.teams) {
      const head = headAbove(teams, team, (id) => id !== own.id && byId.has(id));
      const person = head === null ? undefined : byId.get(head);
      if (person) heads.set(person.id, person);
    }
  }
  if (heads.size > 0) return [...heads.values()];
  const others = users.filter((person) => person.roles.includes(HEAD) && person.id !== user);
  return others.length > 0 ? others : users.filter((person) => person.roles.includes(OWNER));
}

/** The first head that counts, from this team upwards. */
function headAbove(
  teams: ReadonlyMap<string, RecordData>,
  start: string,
  counts: (user: string) => boolean,
): string | null {
  const seen = new Set<string>();
  for (let id: string | null = start; id !== null && !seen.has(id);) {
    seen.add(id);
    const team: RecordData | undefined = teams.get(id);
    const head = idOf(team?.['head']);
    if (head !== null && counts(head)) return head;
    id = idOf(team?.['parent']);
  }
  return null;
}

/** The language a user reads; null when it is not known. */
export async function languageOf(source: PeopleSource, user: unknown): Promise<string | null> {
  const id = idOf(user);
  if (id === null) return null;
  const [person] = await readAll(source, { entity: 'user', filter: { id }, sort: ['id'] });
  return person ? personOf(person).language : null;
}

/** The id in a reference value: itself, or of the expanded record. */
export function idOf(value: unknown): string | null {
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value !== 'object' || value === null) return null;
  const { id } = value as { id?: unknown };
  return typeof id === 'string' ? id : null;
}

function personOf(user: RecordData): Person {
  const { language, name } = user;
  return {
    id: idOf(user['id']) ?? '',
    name: typeof name === 'string' ? name : '',
    language: typeof language === 'string' ? language : null,
    roles: textsOf(user['roles']),
    teams: textsOf(user['teams']),
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
