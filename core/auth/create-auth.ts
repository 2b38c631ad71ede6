import { asSystem } from '../context.ts';
import type { Clock, Context, Log, Principal, Transaction } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Jobs } from '../jobs/types.ts';
import type { Change, Records } from '../records/types.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import type { Database } from '../storage/database.ts';
import { createAccounts } from './accounts.ts';
import type { Accounts } from './accounts.ts';
import { createApiKeys } from './api-keys.ts';
import type { ApiKeys, NewKey } from './api-keys.ts';
import { changePassword } from './change-password.ts';
import type { PasswordChange } from './change-password.ts';
import { createDirectory, principalFromDirectory } from './directory.ts';
import type { Directory, UserInfo } from './directory.ts';
import { createIdentities } from './identities.ts';
import type { Credentials, Identities, Identity } from './identities.ts';
import { createLoginThrottle } from './login-throttle.ts';
import type { LoginLimits, LoginThrottle } from './login-throttle.ts';
import { createPasswords } from './passwords.ts';
import type { Passwords } from './passwords.ts';
import { createResetByMail } from './reset-by-mail.ts';
import type { ResetRequest } from './reset-by-mail.ts';
import { checkRoleGrant } from './role-grant.ts';
import { createSessions } from './sessions.ts';
import type { Sessions } from './sessions.ts';
import { deleteSessionsOf, deleteSpent, deleteUnusedTokensOf, readCredential, revokeKeysOf } from './store.ts';

export type { Credentials, Identity } from './identities.ts';

interface LoginInput {
  readonly email: string;
  readonly password: string;
  /** The peer's address, for the throttle. */
  readonly peer: string | undefined;
}

export interface Auth extends Accounts {
  /** UNAUTHENTICATED when address or password is wrong (the same for an unknown one), RATE_LIMITED after too many failures. */
  login(input: LoginInput): Promise<{ token: string; expiresAt: number; user: UserInfo }>;
  logout(token: string): Promise<void>;
  /** Null when the session or key is unknown, ended or its user may no longer log in. */
  authenticate(credentials: Credentials): Promise<Identity | null>;
  /** The same where everything about it is in memory and still believed; undefined = ask `authenticate`. */
  known(credentials: Credentials): Identity | undefined;
  /**
   * A user as principal. FORBIDDEN for one who is unknown or not active. Not to be called inside a transaction: it may have to
   * read.
   */
  principalOf(userId: string): Promise<Principal>;
  /** VALIDATION at `/current` when that is not his password, at `/password` when the new one is too easy; RATE_LIMITED after too many tries. */
  changePassword(change: PasswordChange): Promise<{ token: string; expiresAt: number }>;
  /** Sends a link when the address is that of somebody who can log in; tells nobody whether it is. */
  resetByMail(request: ResetRequest): Promise<void>;
  createKey(maker: Principal, input: NewKey): Promise<{ id: string; key: string; expiresAt: string }>;
  listKeys(user: string): ReturnType<ApiKeys['list']>;
  revokeKey(key: { id: string; user: string }): Promise<void>;
  /** Removes sessions and links whose time is over. Called now and then, not by requests. */
  sweep(): Promise<void>;
  /** Called when any session, key, user or team may have lost rights: open streams ask again. */
  onRevoked(listener: () => void): () => void;
  close(): void;
}

/** How letters leave; the key is stable for one letter. */
interface Mailer {
  send(letter: {
    readonly key: string;
    readonly to: string;
    readonly subject: string;
    readonly text: string;
  }): Promise<unknown>;
}

export interface AuthDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly records: Records;
  readonly log: Log;
  readonly jobs: Pick<Jobs, 'handle' | 'enqueue' | 'wake'>;
  readonly mail: Mailer;
  /** Public address, from which links are made; without one none are sent. */
  readonly url: string | undefined;
  /** The organisation's, for people who have not chosen one. */
  readonly language: () => string;
  readonly settings?: LoginLimits;
}

/** What the parts of auth share. */
export interface AuthParts {
  readonly deps: AuthDeps;
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly keys: ApiKeys;
  readonly identities: Identities;
  readonly passwords: Passwords;
  readonly throttle: LoginThrottle;
  readonly context: () => Context;
  /** Writes a line of the ledger about a user, such as a log-in. */
  audit(ctx: Context, event: { user: string; kind: string; data?: RecordData }): Promise<void>;
  /** After this transaction: forget what is in memory, here and in the other processes. */
  revoke(tx: Transaction): Promise<void>;
}

/** On PostgreSQL another process may write: nothing is believed longer than the promised second, even with a lost listener. */
const SHARED_MAX_AGE = 1000;
const TOPIC = 'auth';

export function createAuth(deps: AuthDeps): Auth {
  const parts = createParts(deps);
  const listeners = new Set<() => void>();
  const forget = () => {
    parts.sessions.drop();
    parts.keys.drop();
    parts.directory.drop();
    for (const listener of listeners) listener();
  };
  const revoke: AuthParts['revoke'] = async (tx) => {
    tx.afterCommit(forget);
    await deps.db.publish(tx, TOPIC, '');
  };
  const shared: AuthParts = { ...parts, revoke };
  observeUsers(shared, forget);
  const stops = [
    deps.db.subscribe(TOPIC, forget),
    deps.records.onCommitted((change) => {
      if (isDirectoryChange(change)) forget();
    }),
  ];
  return {
    ...createAccounts(shared),
    ...createEntrance(shared),
    ...createKeyDoor(shared),
    changePassword: (change) => changePassword(shared, change),
    resetByMail: createResetByMail(shared),
    sweep: () => deps.db.transaction((tx) => deleteSpent(tx, deps.clock.now())),
    principalOf: (userId) => principalFromDirectory(parts.directory, userId),
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => stops.forEach((stop) => stop()),
  };
}

function createParts(deps: AuthDeps): Omit<AuthParts, 'revoke'> {
  const { db, clock, log, records } = deps;
  const maxAge = db.dialect === 'postgres' ? SHARED_MAX_AGE : Infinity;
  const context = () => asSystem(rootContext(deps), 'log-in and accounts');
  const directory = createDirectory({ records, clock, context, maxAge });
  const sessions = createSessions({ db, clock, log, maxAge });
  const keys = createApiKeys({ db, clock, maxAge });
  return {
    deps,
    context,
    directory,
    sessions,
    keys,
    identities: createIdentities({ directory, sessions, keys, model: () => records.model() }),
    passwords: createPasswords(),
    throttle: createLoginThrottle(clock, deps.settings),
    audit: async (ctx, event) => {
      await records.event(asSystem(ctx, 'log-in and accounts'), {
        entity: 'user',
        id: event.user,
        kind: event.kind,
        data: event.data ?? {},
      });
    },
  };
}

function rootContext(deps: AuthDeps): Context {
  const principal: Principal = { kind: 'public', id: null, name: 'nobody', roles: [], teamMates: [] };
  return { principal, door: 'api', clock: deps.clock, log: deps.log, locale: 'en' };
}

function isDirectoryChange(change: { entity: string; kind: string }): boolean {
  return (change.entity === 'user' || change.entity === 'team') && RECORD_CHANGES.has(change.kind);
}

const RECORD_CHANGES: ReadonlySet<string> = new Set(['created', 'updated', 'moved', 'deleted', 'restored', 'merged']);

/** What must hold in the very transaction that changes a user. */
function observeUsers(parts: AuthParts, forget: () => void): void {
  parts.deps.records.observe(async (tx, change, record) => {
    if (!isDirectoryChange(change)) return;
    tx.afterCommit(forget);
    if (change.entity !== 'user') return;
    await refuseRaisedRoles(parts, tx, { change, record });
    if (change.kind !== 'created') await endSessions(parts, tx, { change, record });
  });
}

interface UserChange {
  readonly change: Change;
  readonly record: RecordData;
}

/** Throws FORBIDDEN, and so rolls the write back, when somebody gives a role that goes beyond his own rights. */
async function refuseRaisedRoles(parts: AuthParts, tx: Transaction, { change, record }: UserChange): Promise<void> {
  const { records } = parts.deps;
  if (change.by.id === null || (change.by.kind !== 'user' && change.by.kind !== 'key')) return;
  const had = change.kind === 'restored' ? [] : rolesIn(change.fields['roles']?.before);
  const has = change.kind === 'restored' ? rolesIn(record['roles']) : rolesIn(change.fields['roles']?.after);
  const added = has.filter((role) => !had.includes(role));
  if (added.length === 0) return;
  const giver = await records.get({ ...parts.context(), tx }, { entity: 'user', id: change.by.id, fields: ['roles'] });
  const principal: Principal = {
    kind: 'user',
    id: change.by.id,
    name: change.by.name,
    roles: rolesIn(giver['roles']),
    teamMates: [],
  };
  // Giving roles to oneself counts against what one had before.
  const own = change.record === change.by.id ? had : principal.roles;
  checkRoleGrant(records.model(), { ...principal, roles: own }, added);
}

function rolesIn(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((role): role is string => typeof role === 'string') : [];
}

/** Roles, address or activity changed: his sessions end; when he is gone, his keys too. */
async function endSessions(parts: AuthParts, tx: Transaction, { change, record }: UserChange): Promise<void> {
  const gone = change.kind === 'deleted' || record['active'] === false;
  if (!gone && !('roles' in change.fields) && !('email' in change.fields)) return;
  await deleteSessionsOf(tx, change.record);
  // A link that went to the address before, or to somebody who has gone, opens nothing any more.
  if (gone || 'email' in change.fields) await deleteUnusedTokensOf(tx, change.record);
  if (gone) await revokeKeysOf(tx, change.record, parts.deps.clock.now());
  await parts.revoke(tx);
}

function createEntrance(parts: AuthParts): Pick<Auth, 'login' | 'logout' | 'authenticate' | 'known'> {
  const { deps, directory, sessions, identities, passwords, throttle } = parts;
  const { records } = deps;

  return {
    async login({ email, password, peer }) {
      const keys = throttle.keysOf(email, peer);
      throttle.check(keys);
      const user = await directory.userByEmail(email);
      // The same queries and the same hash are computed for an unknown address, so that time tells nothing.
      const stored = await readCredential(deps.db, user?.id ?? NOBODY);
      const matches = await passwords.verify(user?.active ? stored : undefined, password);
      if (!matches || !user) {
        throttle.count(keys);
        deps.log.info({ peer }, 'log-in refused');
        throw new CasementError('UNAUTHENTICATED', 'The e-mail address or the password is wrong.');
      }
      throttle.succeed(keys);
      const opened = await records.transaction(parts.context(), async (ctx) => {
        const session = await sessions.open(ctx.tx, user.id);
        await parts.audit(ctx, { user: user.id, kind: 'session.opened' });
        return session;
      });
      return { ...opened, user };
    },
    async logout(token) {
      const user = await sessions.userOf(token);
      await records.transaction(parts.context(), async (ctx) => {
        await sessions.close(ctx.tx, token);
        if (user) await parts.audit(ctx, { user, kind: 'session.closed' });
        await parts.revoke(ctx.tx);
      });
    },
    authenticate: (credentials) => identities.find(credentials),
    known: (credentials) => identities.known(credentials),
  };
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** A key may hold the maker's own roles and those that may nothing beyond them. */
function checkKeyRoles(model: Model, maker: Principal, roles: readonly string[]): void {
  const unknown = roles.find((role) => !model.roles.has(role));
  if (unknown !== undefined) {
    const message = `There is no role "${unknown}".${didYouMean(unknown, model.roles.keys())}`;
    throw validationError([{ path: '/roles', code: 'option', message }]);
  }
  checkRoleGrant(model, maker, roles);
}

function createKeyDoor(parts: AuthParts): Pick<Auth, 'createKey' | 'listKeys' | 'revokeKey'> {
  const { deps, keys } = parts;
  return {
    createKey: (maker, input) =>
      deps.records.transaction(parts.context(), async (ctx) => {
        checkKeyRoles(deps.records.model(), maker, input.roles);
        const made = await keys.create(ctx.tx, maker, input);
        await parts.audit(ctx, {
          user: maker.id ?? '',
          kind: 'key.created',
          data: { name: input.name, roles: input.roles },
        });
        return made;
      }),
    listKeys: (user) => keys.list(user),
    revokeKey: (key) =>
      deps.records.transaction(parts.context(), async (ctx) => {
        await keys.revoke(ctx.tx, key);
        await parts.audit(ctx, { user: key.user, kind: 'key.revoked', data: { key: key.id } });
        await parts.revoke(ctx.tx);
      }),
  };
}
