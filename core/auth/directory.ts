import { asSystem } from '../context.ts';
import type { Clock, Context, Principal } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Records } from '../records/types.ts';

/** A person who may log in, as the directory knows him. */
export interface UserInfo {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly language: string | null;
  readonly roles: readonly string[];
  readonly active: boolean;
}

/** Users and teams, read as system and kept until one of them changes. */
export interface Directory {
  user(id: string): Promise<UserInfo | undefined>;
  /** By address without regard to case; active and inactive alike. */
  userByEmail(email: string): Promise<UserInfo | undefined>;
  /** Ids of everybody in the teams he belongs to or leads, sub-teams included, and himself. */
  teamMates(id: string): Promise<readonly string[]>;
  /** Everybody at once: the same object until somebody changes. */
  people(): Promise<People>;
  /** The same from memory alone; undefined when it must be read. */
  known(): People | undefined;
  drop(): void;
}

export interface People {
  user(id: string): UserInfo | undefined;
  teamMates(id: string): readonly string[];
}

interface Snapshot extends People {
  readonly users: ReadonlyMap<string, UserInfo>;
  readonly byEmail: ReadonlyMap<string, UserInfo>;
}

interface Teams {
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly teams: readonly Team[];
}

interface Team {
  readonly id: string;
  readonly head: string | null;
  readonly parent: string | null;
}

export interface DirectoryDeps {
  readonly records: Records;
  readonly clock: Clock;
  /** Answers a context to read in; its principal is replaced by system. */
  readonly context: () => Context;
  /** Milliseconds after which the snapshot is read again even if no change was heard of. */
  readonly maxAge: number;
}

export function createDirectory(deps: DirectoryDeps): Directory {
  let snapshot: Promise<Snapshot> | undefined;
  let loaded: Snapshot | undefined;
  let age = -Infinity;

  const isStale = () => deps.clock.now() - age >= deps.maxAge;
  function drop(): void {
    snapshot = undefined;
    loaded = undefined;
  }

  function current(): Promise<Snapshot> {
    if (snapshot && !isStale()) return snapshot;
    drop();
    age = deps.clock.now();
    const loading = loadSnapshot(deps);
    snapshot = loading;
    // A failed read must not be answered from memory; `drop` during the read has already replaced it.
    loading.then(
      (found) => {
        if (snapshot === loading) loaded = found;
      },
      () => {
        if (snapshot === loading) drop();
      },
    );
    return loading;
  }

  return {
    user: async (id) => (await current()).user(id),
    userByEmail: async (email) => (await current()).byEmail.get(email.trim().toLowerCase()),
    teamMates: async (id) => (await current()).teamMates(id),
    people: current,
    known: () => (isStale() ? undefined : loaded),
    drop,
  };
}

/** The principal of an active user. Throws FORBIDDEN for one who is unknown, deleted or not active. */
export async function principalFromDirectory(directory: Directory, userId: string): Promise<Principal> {
  const people = await directory.people();
  const user = people.user(userId);
  if (!user?.active)
    throw new CasementError('FORBIDDEN', `The user ${user?.name ?? userId} does not exist or is not active.`);
  return principalOf(people, user);
}

export function principalOf(people: People, user: UserInfo): Principal {
  return {
    kind: 'user',
    id: user.id,
    name: user.name,
    roles: user.roles,
    teamMates: people.teamMates(user.id),
  };
}

async function loadSnapshot(deps: DirectoryDeps): Promise<Snapshot> {
  const ctx = asSystem(deps.context(), 'who may log in');
  const [userRows, teamRows] = [await readAll(deps.records, ctx, USER), await readAll(deps.records, ctx, TEAM)];
  const users = new Map<string, UserInfo>();
  const byEmail = new Map<string, UserInfo>();
  const members = new Map<string, string[]>();
  for (const row of userRows) {
    const user = toUser(row);
    users.set(user.id, user);
    if (user.email) byEmail.set(user.email.toLowerCase(), user);
    for (const team of idsIn(row['teams'])) members.set(team, [...(members.get(team) ?? []), user.id]);
  }
  const teams = teamRows.map((row) => ({
    id: text(row['id']) ?? '',
    head: text(row['head']),
    parent: text(row['parent']),
  }));
  const mates = new Map<string, readonly string[]>();
  return {
    users,
    byEmail,
    user: (id) => users.get(id),
    teamMates(id) {
      const known = mates.get(id) ?? matesOf({ members, teams }, id);
      mates.set(id, known);
      return known;
    },
  };
}

const USER = { entity: 'user', fields: ['id', 'name', 'email', 'language', 'roles', 'teams', 'active'] };
const TEAM = { entity: 'team', fields: ['id', 'head', 'parent'] };

async function readAll(records: Records, ctx: Context, what: { entity: string; fields: readonly string[] }) {
  const entity = records.model().entities.get(what.entity);
  if (!entity) return [];
  const fields = what.fields.filter((key) => entity.fields.has(key));
  const rows: RecordData[] = [];
  let after: string | undefined;
  do {
    const page = await records.list(ctx, { entity: what.entity, fields, limit: 1000, ...(after ? { after } : {}) });
    rows.push(...page.data);
    after = page.next ?? undefined;
  } while (after);
  return rows;
}

function matesOf({ members, teams }: Teams, userId: string): readonly string[] {
  const reached = new Set<string>();
  const queue = teams
    .filter((team) => team.head === userId || members.get(team.id)?.includes(userId))
    .map((team) => team.id);
  for (let team = queue.shift(); team !== undefined; team = queue.shift()) {
    if (reached.has(team)) continue;
    reached.add(team);
    queue.push(...teams.filter((child) => child.parent === team).map((child) => child.id));
  }
  return [...new Set([userId, ...[...reached].flatMap((team) => members.get(team) ?? [])])].sort();
}

function toUser(row: RecordData): UserInfo {
  return {
    id: text(row['id']) ?? '',
    name: text(row['name']) ?? '',
    email: text(row['email']) ?? '',
    language: text(row['language']),
    roles: texts(row['roles']),
    active: row['active'] !== false,
  };
}

function text(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** Ids of a list of references, plain or shown as whole records. */
function idsIn(value: Value | undefined): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: Value) => {
    const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : item;
    return typeof id === 'string' ? [id] : [];
  });
}

function texts(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
