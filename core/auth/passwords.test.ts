import { describe, expect, it } from 'vitest';
import { CasementError } from '../errors.ts';
import { checkPassword, createPasswords } from './passwords.ts';

describe('checkPassword (R-66)', () => {
  const codeOf = (password: string) => {
    try {
      checkPassword(password, '/password', ['Anna Petrova', 'annapetrova@example.com']);
      return 'ok';
    } catch (error) {
      return error instanceof CasementError ? error.errors[0]?.code : error;
    }
  };
  it.each([
    ['1234567', 'minLength'],
    ['👍👍👍👍', 'minLength'],
    ['PassWord123', 'commonPassword'],
    ['aaaaaaaaaaaa', 'commonPassword'],
    ['anna petrova', 'commonPassword'],
    ['annapetrova', 'commonPassword'],
    ['x'.repeat(1025), 'maxLength'],
    ['horse staple', 'ok'],
    ['ё'.repeat(63) + 'z', 'ok'],
  ])('%.20s: %s', (password, code) => {
    expect(codeOf(password)).toBe(code);
  });
});

describe('hashes', () => {
  it('are argon2id and fit their own password only, all of it (R-66)', async () => {
    const passwords = createPasswords();
    const long = 'a'.repeat(200);
    const stored = await passwords.hash(long);
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(stored, long)).toBe(true);
    expect(await passwords.verify(stored, `${long}b`)).toBe(false);
    expect(await passwords.verify(stored, long.slice(0, 72))).toBe(false);
    expect(await passwords.verify(undefined, long)).toBe(false);
    expect(await passwords.hash(long)).not.toBe(stored);
  });

  it('queue when there are many, and all are answered', async () => {
    const passwords = createPasswords();
    const stored = await passwords.hash('a phrase of mine');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => passwords.verify(stored, i % 2 ? 'a phrase of mine' : 'other')),
    );
    expect(answers).toEqual(Array.from({ length: 12 }, (_, i) => i % 2 === 1));
  });

  it('cost an unknown account what they cost a known one: a place in the queue and the same work (R-64)', async () => {
    const stored = await createPasswords().hash('a phrase of mine');
    const refusedAfter = async (target: string | undefined) => {
      const passwords = createPasswords(3);
      await passwords.verify(target, 'warm');
      const verdicts = await Promise.allSettled(Array.from({ length: 7 }, () => passwords.verify(target, 'other')));
      return verdicts.map(({ status }) => status === 'rejected').indexOf(true);
    };
    // Two run, three wait, the next is refused: whoever does not work would not wait either.
    expect([await refusedAfter(stored), await refusedAfter(undefined)]).toEqual([5, 5]);
  });
});
