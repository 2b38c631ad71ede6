import type { Principal } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import type { ApiKeys } from './api-keys.ts';
import { principalOf } from './directory.ts';
import type { Directory, People, UserInfo } from './directory.ts';
import { holdsRightsOf } from './role-grant.ts';
import type { Sessions } from './sessions.ts';
import type { KeyRow, SessionRow } from './store.ts';

/** Who is asking. */
export interface Identity {
  readonly principal: Principal;
  /** The person behind the session or key; null for a command of this machine. */
  readonly user: UserInfo | null;
}

/** What a request shows: the cookie's token or the bearer's key. */
export interface Credentials {
  readonly session?: string;
  readonly key?: string;
}

/** From a session or key to the person and his rights of now. */
export interface Identities {
  /** Null when the session or key is unknown, ended or its user may no longer log in. */
  find(credentials: Credentials): Promise<Identity | null>;
  /** From memory alone, as far as what is there is still believed; undefined = ask `find`. */
  known(credentials: Credentials): Identity | undefined;
}

export interface IdentitiesDeps {
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly keys: ApiKeys;
  readonly model: () => Model;
}

/** An identity and all it follows from. */
interface Made {
  readonly identity: Identity | null;
  readonly people: People;
  readonly model: Model;
}

export function createIdentities({ directory, sessions, keys, model }: IdentitiesDeps): Identities {
  // Of the same row, the same people and the same model the same identity follows: nothing of it has to be forgotten in time.
  const made = new WeakMap<KeyRow | SessionRow, Made>();

  function identityOf(row: KeyRow | SessionRow, people: People): Identity | null {
    const known = made.get(row);
    if (known && known.people === people && known.model === model()) return known.identity;
    const fresh = { identity: makeIdentity(row, people, model()), people, model: model() };
    made.set(row, fresh);
    return fresh.identity;
  }

  return {
    async find({ key, session }) {
      if (key !== undefined) {
        const row = await keys.find(key);
        return row ? identityOf(row, await directory.people()) : null;
      }
      const user = session === undefined ? undefined : await sessions.userOf(session);
      return user === undefined ? null : personOf(user, await directory.people());
    },
    known({ key, session }) {
      const row = key === undefined ? sessions.known(session ?? '') : keys.known(key);
      const people = row && directory.known();
      return (row && people && identityOf(row, people)) ?? undefined;
    },
  };
}

function makeIdentity(row: KeyRow | SessionRow, people: People, model: Model): Identity | null {
  const person = personOf(row.user, people);
  if (!person || !('roles' in row)) return person;
  const { principal, user } = person;
  // Asked anew for each model and whenever anybody changes: a right that its maker has lost is lost to the key as well.
  const roles = row.roles.filter((role) => holdsRightsOf(model, principal, role));
  return { principal: { ...principal, kind: 'key', name: `${user.name} (${row.name})`, roles }, user };
}

function personOf(id: string, people: People): { principal: Principal; user: UserInfo } | null {
  const user = people.user(id);
  return user?.active ? { principal: principalOf(people, user), user } : null;
}
