import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { eachDatabase, openTestDatabase, silentLog } from '../../tests/support/databases.ts';
import type { Database } from './database.ts';
import { openDatabase } from './open-database.ts';
import { sql } from './sql.ts';

async function withCounter(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.run(sql`create table counter (name text primary key, value bigint not null)`);
    await tx.run(sql`insert into counter (name, value) values (${'a'}, ${0})`);
  });
}

const valueOf = async (db: Database) => (await db.read<{ value: number }>(sql`select value from counter`))[0]?.value;

eachDatabase((open, dialect) => {
  it('keeps what a transaction did and takes back what it did before it failed', async () => {
    const { db } = await open();
    await withCounter(db);
    expect(await db.transaction((tx) => tx.run(sql`update counter set value = value + ${5} where name = ${'a'}`))).toBe(
      1,
    );
    const broken = db.transaction(async (tx) => {
      await tx.run(sql`update counter set value = ${99}`);
      throw new Error('no');
    });
    await expect(broken).rejects.toThrow('no');
    expect(await valueOf(db)).toBe(5);
  });

  it('binds texts, numbers, 64-bit integers, booleans and null, whatever they hold', async () => {
    const { db } = await open();
    await db.transaction((tx) =>
      tx.run(
        sql`create table "odd ""name" (a text, b bigint, c ${sql.raw(dialect === 'sqlite' ? 'real' : 'double precision')}, d text)`,
      ),
    );
    const text = `'; drop table counter; -- " \\ %_ Ķ 🪟`;
    const insert = sql`insert into ${sql.id('odd "name')} (a, b, c, d) values (${text}, ${9223372036854775807n}, ${0.1}, ${null})`;
    expect(await db.transaction((tx) => tx.run(insert))).toBe(1);
    expect(
      await db.read(
        sql`select a, cast(b as text) as b, c, d from ${sql.id('odd "name')} where b = ${9223372036854775807n}`,
      ),
    ).toEqual([{ a: text, b: '9223372036854775807', c: 0.1, d: null }]);
  });

  it('loses no update of 50 transactions at once', async () => {
    const { db } = await open();
    await withCounter(db);
    const work = Array.from({ length: 50 }, (_, index) =>
      db.transaction(async (tx) => {
        const [row] = await tx.all<{ value: number }>(
          sql`select value from counter where name = 'a' ${sql.byDialect({ sqlite: () => sql``, postgres: () => sql`for update` })}`,
        );
        await tx.run(sql`update counter set value = ${(row?.value ?? 0) + 1} where name = 'a'`);
        return index;
      }),
    );
    expect(await Promise.all(work)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(await valueOf(db)).toBe(50);
  });

  it('lets one of many waiting writes fail without the others', async () => {
    const { db } = await open();
    await withCounter(db);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        db.transaction(async (tx) => {
          await tx.run(sql`update counter set value = value + 1`);
          if (index % 4 === 0) throw new Error(`fails ${index}`);
        }),
      ),
    );
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(5);
    expect(await valueOf(db)).toBe(15);
  });

  it('refuses a second transaction and an outside read inside one, at once', async () => {
    const { db } = await open();
    await withCounter(db);
    const nested = db.transaction(async () => db.transaction(async () => 1));
    await expect(nested).rejects.toThrow('A second transaction was started inside an open transaction');
    await expect(db.transaction(async () => db.read(sql`select 1`))).rejects.toThrow(
      'A read outside the transaction was started inside an open transaction',
    );
    expect(await valueOf(db)).toBe(0);
  });

  it('refuses a statement that comes after its transaction', async () => {
    const { db } = await open();
    const late = await db.transaction(async (tx) => ({ all: () => tx.all(sql`select 1`) }));
    await expect(late.all()).rejects.toThrow('This transaction is over');
  });

  it('does not keep a transaction whose failed statement was swallowed on PostgreSQL', async () => {
    const { db } = await open();
    await withCounter(db);
    const swallowed = db.transaction(async (tx) => {
      await tx.run(sql`update counter set value = 7`);
      await tx.run(sql`insert into counter (name, value) values ('a', 1)`).catch(() => undefined);
    });
    if (dialect === 'postgres') await expect(swallowed).rejects.toThrow('nothing was kept');
    else await swallowed;
    expect(await valueOf(db)).toBe(dialect === 'postgres' ? 0 : 7);
  });

  it('sends what nobody waits for in its turn: with the next statement, or with the commit', async () => {
    const { db } = await open();
    await withCounter(db);
    const seen = await db.transaction(async (tx) => {
      tx.later(sql`update counter set value = value + ${1}`);
      tx.later(sql`update counter set value = value * ${10}`, 'one row');
      const [row] = await tx.all<{ value: number }>(sql`select value from counter`);
      tx.later(sql`update counter set value = value + ${5}`);
      return row?.value;
    });
    expect(seen).toBe(10);
    expect(await valueOf(db)).toBe(15);
  });

  it('keeps nothing when what nobody waited for has failed, and says what it was', async () => {
    const { db } = await open();
    await withCounter(db);
    const twice = sql`insert into counter (name, value) values (${'a'}, ${1})`;
    const withCommit = db.transaction(async (tx) => {
      await tx.run(sql`update counter set value = 3`);
      tx.later(twice);
    });
    await expect(withCommit).rejects.toMatchObject({ code: 'VALIDATION' });
    const withNext = db.transaction(async (tx) => {
      tx.later(sql`update counter set value = 4`);
      tx.later(twice);
      await tx.all(sql`select value from counter`).catch(() => undefined);
      await tx.run(sql`update counter set value = 5`);
    });
    await expect(withNext).rejects.toMatchObject({ code: 'VALIDATION' });
    const nobody = db.transaction(async (tx) => {
      tx.later(sql`update counter set value = 6 where name = ${'z'}`, 'one row');
      return Promise.resolve();
    });
    await expect(nobody).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await valueOf(db)).toBe(0);
  });

  it('takes what nobody waited for back with its savepoint, and goes on', async () => {
    const { db } = await open();
    await withCounter(db);
    await db.transaction(async (tx) => {
      tx.later(sql`update counter set value = value + 1`);
      const part = tx.savepoint(async (inner) => {
        inner.later(sql`update counter set value = value + 100`);
        inner.later(sql`insert into counter (name, value) values (${'a'}, ${1})`);
        return Promise.resolve();
      });
      await expect(part).rejects.toMatchObject({ code: 'VALIDATION' });
      tx.later(sql`update counter set value = value + 10`);
    });
    expect(await valueOf(db)).toBe(11);
  });

  it('says why a part was taken back, whatever of it was still to be sent', async () => {
    const { db } = await open();
    await withCounter(db);
    await db.transaction(async (tx) => {
      const part = tx.savepoint((inner) => {
        inner.later(sql`insert into counter (name, value) values (${'a'}, ${1})`);
        return Promise.reject(new Error('no more'));
      });
      await expect(part).rejects.toThrow('no more');
      await tx.run(sql`update counter set value = 8`);
    });
    expect(await valueOf(db)).toBe(8);
  });

  it('answers statements asked for at once each by itself', async () => {
    const { db } = await open();
    await withCounter(db);
    const found = await db.transaction((tx) =>
      Promise.all([
        tx.all(sql`select value from counter where name = ${'a'}`),
        tx.all(sql`select name from counter where value = ${0}`),
        tx.all(sql`select value from counter where name = ${'z'}`),
      ]),
    );
    expect(found).toEqual([[{ value: 0 }], [{ name: 'a' }], []]);
    const broken = db.transaction((tx) =>
      Promise.all([tx.all(sql`select value from counter`), tx.all(sql`select nonsense from counter`)]),
    );
    await expect(broken).rejects.toThrow(/nonsense/);
    expect(await valueOf(db)).toBe(0);
  });

  it('runs tasks after the commit, outside the transaction, and never when it failed', async () => {
    const { db } = await open();
    await withCounter(db);
    const seen: (number | undefined)[] = [];
    let read: Promise<number | undefined> | undefined;
    await db.transaction(async (tx) => {
      await tx.run(sql`update counter set value = 3`);
      tx.afterCommit(() => {
        throw new Error('a task that fails is only logged');
      });
      tx.afterCommit(() => {
        read = valueOf(db).then((value) => {
          seen.push(value);
          return value;
        });
      });
    });
    await read;
    await db
      .transaction(async (tx) => {
        tx.afterCommit(() => seen.push(-1));
        throw new Error('no');
      })
      .catch(() => undefined);
    expect(seen).toEqual([3]);
  });

  it('tells listeners of a message after the commit, in this process and in another', async () => {
    const { db, reopen } = await open();
    const other = await reopen();
    const heard: string[] = [];
    const there = new Promise<string>((resolve) => other.subscribe('auth', resolve));
    const stop = db.subscribe('auth', (payload) => heard.push(payload));
    db.subscribe('else', () => heard.push('wrong topic'));
    await db.transaction((tx) => db.publish(tx, 'auth', 'line 1\nline 2'));
    expect(heard).toEqual(['line 1\nline 2']);
    if (dialect === 'postgres') expect(await there).toBe('line 1\nline 2');
    stop();
    await db.transaction((tx) => db.publish(tx, 'auth', 'again'));
    expect(heard).toEqual(['line 1\nline 2']);
  });

  it('keeps values over a restart', async () => {
    const { db, reopen } = await open();
    await withCounter(db);
    await db.close();
    expect(await valueOf(await reopen())).toBe(0);
  });
});

describe('a PostgreSQL that lets go', () => {
  it('works out a deadlock by running one of the two again', async () => {
    const test = await openTestDatabase('postgres');
    await withCounter(test.db);
    await test.db.transaction((tx) => tx.run(sql`insert into counter (name, value) values ('b', 0)`));
    let runs = 0;
    const raise = (first: string, second: string) =>
      test.db.transaction(async (tx) => {
        runs += 1;
        await tx.run(sql`update counter set value = value + 1 where name = ${first}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
        await tx.run(sql`update counter set value = value + 1 where name = ${second}`);
      });
    await Promise.all([raise('a', 'b'), raise('b', 'a')]);
    expect(await test.db.read(sql`select value from counter`)).toEqual([{ value: 2 }, { value: 2 }]);
    expect(runs).toBeGreaterThan(2);
    await test.remove();
  });

  it('says UNAVAILABLE when a connection is cut, works again afterwards, and tells listeners that they missed something', async () => {
    const test = await openTestDatabase('postgres');
    await withCounter(test.db);
    const heard: string[] = [];
    test.db.subscribe('auth', (payload) => heard.push(payload));
    // The listener connects on its own time: only one that hears can be cut.
    const early = await test.reopen();
    for (let attempt = 0; attempt < 50 && heard.length === 0; attempt += 1) {
      await early.transaction((tx) => early.publish(tx, 'auth', 'ready'));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await early.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(new Set(heard)).toEqual(new Set(['ready']));
    heard.length = 0;
    const cut = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()`;
    await expect(test.db.read(cut)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const later = async () => {
      for (let attempt = 0; attempt < 50 && heard.length < 2; attempt += 1)
        await new Promise((resolve) => setTimeout(resolve, 100));
      return valueOf(test.db);
    };
    expect(await later()).toBe(0);
    expect(heard).toEqual(['', '']);
    const other = await test.reopen();
    await other.transaction((tx) => other.publish(tx, 'auth', 'again'));
    for (let attempt = 0; attempt < 50 && heard.length < 3; attempt += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toEqual(['', '', 'again']);
    await test.remove();
  });
});

describe('one server per SQLite file', () => {
  it('names the process that holds it, and takes over a dead one', async () => {
    const first = await openTestDatabase('sqlite');
    const again = () => openDatabase({ url: first.url, projectDir: first.dir, log: silentLog });
    await expect(again()).rejects.toMatchObject({ code: 'UNAVAILABLE', extra: { pid: process.pid } });
    await expect(again()).rejects.toThrow(`is in use by the server with process id ${process.pid}`);
    await first.db.close();
    const lock = `${first.dir}/test.db.lock`;
    writeFileSync(lock, JSON.stringify({ pid: 999_999_999, started: '1' }));
    const second = await again();
    expect(JSON.parse(readFileSync(lock, 'utf8'))).toMatchObject({ pid: process.pid });
    await second.close();
    await first.remove();
  });
});

describe('addresses', () => {
  it('refuses what is no database, without showing a password', async () => {
    const open = openDatabase({ url: 'mysql://root:secret@localhost/x', projectDir: '/', log: silentLog });
    await expect(open).rejects.toThrow(
      'DATABASE_URL must be sqlite:PATH or postgres://user:password@host:port/name, not "mysql://root:…@localhost/x".',
    );
  });

  it('says UNAVAILABLE when no PostgreSQL answers', async () => {
    const open = openDatabase({ url: 'postgres://a:b@127.0.0.1:1/x', projectDir: '/', log: silentLog });
    await expect(open).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'DATABASE_URL postgres://a:…@127.0.0.1:1/x: the server cannot be reached (ECONNREFUSED). Check the address, and that it runs.',
    });
  });

  it('says what is wrong with the user, the name or the file', async () => {
    const url = new URL(inject('postgresUrl'));
    const refusal = (to: string) =>
      openDatabase({ url: to, projectDir: '/', log: silentLog }).then(
        () => 'opened',
        (error: unknown) => String(error).replace(/^.*: /, ''),
      );
    expect(await refusal(Object.assign(new URL(url), { pathname: '/no_such_database' }).href)).toBe(
      'the server has no such database. Create it first, or name another.',
    );
    expect(await refusal(Object.assign(new URL(url), { password: 'wrong' }).href)).toBe(
      'the server refuses this user or password.',
    );
    const file = join(await mkdtemp(join(tmpdir(), 'casement-open-')), 'x.db');
    await writeFile(file, 'this is no database, but it is long enough to be taken for one at first sight'.repeat(20));
    expect(await refusal(`sqlite:${file}`)).toBe('the file is not an SQLite database. Name another.');
  });
});
