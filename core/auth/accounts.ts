import { randomBytes } from 'node:crypto';
import { asSystem } from '../context.ts';
import type { Context, Principal } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import type { AuthParts } from './create-auth.ts';
import type { UserInfo } from './directory.ts';
import { checkPassword } from './passwords.ts';
import { checkRoleGrant } from './role-grant.ts';
import {
  deleteSessionsOf,
  deleteUnusedTokensOf,
  hasCredentials,
  insertToken,
  putCredential,
  readToken,
  takeToken,
  usersWithCredentials,
} from './store.ts';
import type { TokenPurpose, TokenRow } from './store.ts';
import { hashToken, newToken } from './tokens.ts';

const HOUR = 3_600_000;
/** What whoever holds the link can do is too much for it to lie in a mailbox longer. */
const LIFETIME = HOUR;
const FIRST_ROLE = 'owner';

interface NewUser {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** Default: `owner`. */
  readonly roles?: readonly string[];
}

/** How accounts come to be and get their passwords. */
export interface Accounts {
  /** Is there anybody who could log in? */
  hasUsers(): Promise<boolean>;
  /** A person with a password, made as system: the first administrator. Answers the id. */
  createUserWithPassword(input: NewUser): Promise<string>;
  /** Ends every session of the user. VALIDATION at `/password` when it is too easy. */
  setPassword(userId: string, password: string): Promise<void>;
  /** Random passwords for active users that have none yet, told here and never again: for demo data. */
  createMissingPasswords(): Promise<readonly { user: UserInfo; password: string }[]>;
  /** The token of the one-time link that makes the first administrator; an hour long, and the last one made is the one that works. */
  setupToken(): Promise<string>;
  completeSetup(input: NewUser & { readonly token: string }): Promise<string>;
  /** A link for a person to choose a password, good for an hour: an invite for one who has none yet, else a reset. */
  invite(ctx: Context, userId: string): Promise<{ token: string; expiresAt: string }>;
  /** Takes an invite or reset token, once. */
  choosePassword(input: { readonly token: string; readonly password: string }): Promise<void>;
}

export function createAccounts(parts: AuthParts): Accounts {
  const { deps, directory, passwords } = parts;
  return {
    hasUsers: () => hasCredentials(deps.db),
    createUserWithPassword: (input) => createUser(parts, input),
    async setPassword(userId, password) {
      const user = await directory.user(userId);
      checkPassword(password, '/password', user ? [user.name, user.email] : []);
      await storePassword(parts, { user: userId, hash: await passwords.hash(password) });
    },
    createMissingPasswords: () => createMissingPasswords(parts),
    async setupToken() {
      if (await hasCredentials(deps.db)) throw new CasementError('CONFLICT', 'There is an administrator already.');
      return (await issueToken(parts, { user: NOBODY, purpose: 'setup' })).token;
    },
    completeSetup: (input) => createUser(parts, input, input.token),
    invite: (ctx, userId) => invite(parts, ctx, userId),
    choosePassword: (input) => choosePassword(parts, input),
  };
}

const NOBODY = '00000000-0000-0000-0000-000000000000';

/** With a token: only while nobody can log in, and the token is taken in the same transaction. */
async function createUser(parts: AuthParts, input: NewUser, token?: string): Promise<string> {
  const { deps, passwords } = parts;
  if (token !== undefined) await liveToken(parts, token, ['setup']);
  checkPassword(input.password, '/password', [input.name, input.email]);
  const hash = await passwords.hash(input.password);
  const ctx = asSystem(parts.context(), 'first administrator');
  return deps.records.transaction(ctx, async (ctx) => {
    if (token !== undefined) {
      if (!(await takeToken(ctx.tx, hashToken(token), deps.clock.now()))) throw usedToken();
      if (await hasCredentials(ctx.tx)) throw usedToken();
    }
    const user = await deps.records.write(ctx, {
      op: 'create',
      entity: 'user',
      input: { name: input.name, email: input.email, roles: input.roles ?? [FIRST_ROLE] },
    });
    const id = String(user['id']);
    await putCredential(ctx.tx, id, hash);
    await parts.audit(ctx, { user: id, kind: 'password.set' });
    return id;
  });
}

async function storePassword(parts: AuthParts, input: { user: string; hash: string; token?: string }): Promise<void> {
  const { deps } = parts;
  await deps.records.transaction(parts.context(), async (ctx) => {
    if (input.token !== undefined && !(await takeToken(ctx.tx, hashToken(input.token), deps.clock.now())))
      throw usedToken();
    await putCredential(ctx.tx, input.user, input.hash);
    await deleteSessionsOf(ctx.tx, input.user);
    await deleteUnusedTokensOf(ctx.tx, input.user);
    await parts.audit(ctx, { user: input.user, kind: 'password.set' });
    await parts.revoke(ctx.tx);
  });
}

async function createMissingPasswords(parts: AuthParts) {
  const { deps, directory, passwords } = parts;
  const known = await usersWithCredentials(deps.db);
  const ctx = asSystem(parts.context(), 'demo log-ins');
  const rows = await deps.records.list(ctx, { entity: 'user', fields: ['id'], limit: 1000 });
  const made: { user: UserInfo; password: string }[] = [];
  for (const row of rows.data) {
    const user = await directory.user(String(row['id']));
    if (!user?.active || known.has(user.id)) continue;
    const password = randomBytes(9).toString('base64url');
    await storePassword(parts, { user: user.id, hash: await passwords.hash(password) });
    made.push({ user, password });
  }
  return made;
}

export async function issueToken(parts: AuthParts, input: { user: string; purpose: TokenPurpose }) {
  const { deps } = parts;
  const token = newToken();
  const expiresAt = deps.clock.now() + LIFETIME;
  await deps.db.transaction((tx) => insertToken(tx, hashToken(token), { ...input, expiresAt, usedAt: null }));
  return { token, expiresAt: new Date(expiresAt).toISOString() };
}

/** Whoever sets a person's password can act as him: the inviter must hold every right of the invited. */
async function invite(parts: AuthParts, ctx: Context, userId: string) {
  const { deps, directory } = parts;
  await deps.records.get(ctx, { entity: 'user', id: userId, fields: ['id'] });
  const user = await directory.user(userId);
  if (!user?.active) {
    throw validationError([{ path: '/user', code: 'inactive', message: 'This user is not active and cannot log in.' }]);
  }
  checkInvite(parts, ctx.principal, user);
  const hasPassword = (await usersWithCredentials(deps.db)).has(userId);
  const issued = await issueToken(parts, { user: userId, purpose: hasPassword ? 'reset' : 'invite' });
  await parts.audit(
    { ...ctx, principal: parts.context().principal },
    {
      user: userId,
      kind: 'invite.created',
      data: { by: ctx.principal.id ?? ctx.principal.name },
    },
  );
  return issued;
}

function checkInvite(parts: AuthParts, principal: Principal, user: UserInfo): void {
  const model = parts.deps.records.model();
  const mayInvite =
    principal.kind === 'system' || principal.roles.some((role) => model.roles.get(role)?.operations.includes('users'));
  if (!mayInvite) throw new CasementError('FORBIDDEN', 'Inviting people needs the right "users".');
  checkRoleGrant(model, principal, user.roles);
}

async function choosePassword(parts: AuthParts, input: { token: string; password: string }): Promise<void> {
  const row = await liveToken(parts, input.token, ['invite', 'reset']);
  const user = await parts.directory.user(row.user);
  if (!user?.active) throw usedToken();
  checkPassword(input.password, '/password', [user.name, user.email]);
  const hash = await parts.passwords.hash(input.password);
  await storePassword(parts, { user: row.user, hash, token: input.token });
}

/** Looked up before the costly hash; taken for good inside the transaction. */
async function liveToken(parts: AuthParts, token: string, purposes: readonly TokenPurpose[]): Promise<TokenRow> {
  const row = await readToken(parts.deps.db, hashToken(token));
  const live = row && purposes.includes(row.purpose) && row.usedAt === null && row.expiresAt > parts.deps.clock.now();
  if (!live) throw usedToken();
  return row;
}

function usedToken(): CasementError {
  const message = 'This link has been used already or its time is over. Ask for a new one.';
  return validationError([{ path: '/token', code: 'token', message }]);
}
