import { randomBytes } from 'node:crypto';
import { CasementError, validationError } from '../errors.ts';
import { COMMON_PASSWORDS } from './common-passwords.ts';

/** Argon2id hashing, a few at a time: each takes 19 MiB and a thread, so a flood of log-ins must queue, not starve the disk. */
export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time when `stored` is undefined (unknown account): it verifies against a hash nobody knows. */
  verify(stored: string | undefined, password: string): Promise<boolean>;
}

const CONCURRENT = 2;
const QUEUE = 200;
const MIN_LENGTH = 8;
/** Longer is refused before hashing; no truncation below it. */
const MAX_LENGTH = 1024;

/** `queue`: how many may wait; one more is refused. */
export function createPasswords(queue = QUEUE): Passwords {
  const limit = createLimiter(queue);
  let decoy: Promise<string> | undefined;
  const decoyHash = () => (decoy ??= limit(async () => (await argon2()).hash(randomBytes(32))));
  return {
    hash: (password) => limit(async () => (await argon2()).hash(password)),
    async verify(stored, password) {
      // Made for a known account as well: else the first unknown one after a start would be told by its time.
      const decoy = await decoyHash();
      const target = stored ?? decoy;
      const matches = await limit(async () =>
        (await argon2()).verify(target, password.length > MAX_LENGTH ? '' : password),
      );
      return matches && stored !== undefined;
    },
  };
}

/** The native library is loaded with the first password, not at boot. */
const argon2 = () => import('@node-rs/argon2');

/** Throws VALIDATION at `path` when the password is too short, too long, common, or the person's own name or address. */
export function checkPassword(password: string, path: string, person: readonly string[] = []): void {
  const problem = passwordProblem(password, person);
  if (problem) throw validationError([{ path, ...problem }]);
}

function passwordProblem(password: string, person: readonly string[]) {
  const length = [...password].length;
  if (length < MIN_LENGTH) {
    return {
      code: 'minLength',
      message: `Must be at least ${MIN_LENGTH} characters long.`,
      params: { limit: MIN_LENGTH },
    };
  }
  if (password.length > MAX_LENGTH) {
    return {
      code: 'maxLength',
      message: `Must be at most ${MAX_LENGTH} characters long.`,
      params: { limit: MAX_LENGTH },
    };
  }
  const plain = password.toLowerCase();
  const own = person.flatMap((text) => [text.toLowerCase(), text.toLowerCase().split('@')[0] ?? '']);
  if (COMMON_PASSWORDS.has(plain) || new Set(plain).size === 1 || own.includes(plain)) {
    return {
      code: 'commonPassword',
      message: 'This password is too easy to guess. Choose a longer phrase of your own.',
    };
  }
  return undefined;
}

function createLimiter(queue: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= CONCURRENT) {
      if (waiting.length >= queue)
        throw new CasementError('UNAVAILABLE', 'Too many log-ins at once. Try again in a moment.');
      // The one that ends hands its place over, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
