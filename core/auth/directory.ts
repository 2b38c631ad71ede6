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
  drop(): void;
}

interface Snapshot {
  readonly users: ReadonlyMap<string, UserInfo>;
  readonly byEmail: ReadonlyMap<string, UserInfo>;
  readonly members: ReadonlyMap<string, readonly string[]>;
  readonly teams: readonly Team[];
  readonly mates: Map<string, readonly string[]>;
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
  let age = -Infinity;

  function current(): Promise<Snapshot> {
    const stale = deps.clock.now() - age >= deps.maxAge;
    if (snapshot && !stale) return snapshot;
    age = deps.clock.now();
    const loading = loadSnapshot(deps);
    snapshot = loading;
    // A failed read must not be answered from memory; `drop` during the read has already replaced it.
    loading.catch(() => {
      if (snapshot === loading) snapshot = undefined;
    });
    return loading;
  }

  return {
    user: async (id) => (await current()).users.get(id),
    userByEmail: async (email) => (await current()).byEmail.get(email.trim().toLowerCase()),
    teamMates: async (id) => matesOf(await current(), id),
    drop: () => void (snapshot = undefined),
  };
}

/** The principal of an active user. Throws FORBIDDEN for one who is unknown, deleted or not active. */
export async function principalFromDirectory(directory: Directory, userId: string): Promise<Principal> {
  const user = await directory.user(userId);
  if (!user?.active)
    throw new CasementError('FORBIDDEN', `The user ${user?.name ?? userId} does not exist or is not active.`);
  return {
    kind: 'user',
    id: user.id,
    name: user.name,
    roles: user.roles,
    teamMates: await directory.teamMates(user.id),
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
  return { users, byEmail, members, teams, mates: new Map() };
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

function matesOf(snapshot: Snapshot, userId: string): readonly string[] {
  const known = snapshot.mates.get(userId);
  if (known) return known;
  const reached = new Set<string>();
  const queue = snapshot.teams
    .filter((team) => team.head === userId || snapshot.members.get(team.id)?.includes(userId))
    .map((team) => team.id);
  for (let team = queue.shift(); team !== undefined; team = queue.shift()) {
    if (reached.has(team)) continue;
    reached.add(team);
    queue.push(...snapshot.teams.filter((child) => child.parent === team).map((child) => child.id));
  }
  const mates = new Set([userId, ...[...reached].flatMap((team) => snapshot.members.get(team) ?? [])]);
  const sorted = [...mates].sort();
  snapshot.mates.set(userId, sorted);
  return sorted;
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
