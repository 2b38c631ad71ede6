import { CasementError } from '../errors.ts';
import { UsageError } from './command.ts';
import type { Server } from './with-server.ts';

/** A user as the `user` commands show and change him. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly active: boolean;
}

/** Everybody, by name. */
export async function listPeople(server: Server): Promise<readonly Person[]> {
  const people: Person[] = [];
  let after = '';
  do {
    const page = (await server.send('GET', `/api/users?limit=1000&sort=name&${FIELDS}${after}`)) as Page;
    people.push(...page.data.map(personOf));
    after = page.next === null ? '' : `&after=${encodeURIComponent(page.next)}`;
  } while (after !== '');
  return people;
}

export async function addPerson(server: Server, input: Pick<Person, 'name' | 'email' | 'roles'>): Promise<Person> {
  return personOf((await server.send('POST', '/api/users', input)) as Row);
}

/** NOT_FOUND when nobody has this address. */
export async function findPerson(server: Server, email: string): Promise<Person> {
  const filter = encodeURIComponent(JSON.stringify({ email }));
  const { data } = (await server.send('GET', `/api/users?filter=${filter}&${FIELDS}`)) as Page;
  if (data[0]) return personOf(data[0]);
  throw new CasementError('NOT_FOUND', `There is no user ${email}. "casement user list" shows all.`);
}

/** What gives the person a password: a token for one use within an hour, and the link that leads to it. */
export async function invitePerson(server: Server, person: Person): Promise<{ token: string; link: string }> {
  const { token, url } = (await server.send('POST', '/auth/invites', { user: person.id })) as Invite;
  return { token, link: url.startsWith('/') ? server.publicUrl + url : url };
}

export async function setPassword(server: Server, person: Person, password: string): Promise<void> {
  const { token } = await invitePerson(server, person);
  await server.send('POST', '/auth/password', { token, password });
}

/** `owner,manager` as typed. */
export function roleNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.includes('')) throw new UsageError('Name the roles, with commas between them: owner,manager.');
  return names;
}

const FIELDS = 'fields=id,name,email,roles,active';

interface Page {
  readonly data: readonly Row[];
  readonly next: string | null;
}

type Row = Partial<Record<keyof Person, unknown>>;

interface Invite {
  readonly token: string;
  readonly url: string;
}

function personOf(row: Row): Person {
  const { id, name, email, roles, active } = row;
  return {
    id: String(id),
    name: String(name),
    email: String(email),
    roles: Array.isArray(roles) ? roles.map(String) : [],
    active: active !== false,
  };
}
