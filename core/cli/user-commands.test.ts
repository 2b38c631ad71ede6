import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DIALECTS, openTestDatabase, silentLog } from '../../tests/support/databases.ts';
import type { TestDatabase } from '../../tests/support/databases.ts';
import { callerOf } from '../../tests/support/http-app.ts';
import type { App } from '../app.ts';
import { openDatabase } from '../storage/open-database.ts';
import { sql } from '../storage/sql.ts';
import type { OptionValues } from './command.ts';
import { loadCommand } from './commands.ts';
import { findDoor } from './local-door.ts';
import { runServer } from './run-server.ts';
import { readSettings } from './settings.ts';

describe.each(DIALECTS)('user commands on %s', (dialect) => {
  let database: TestDatabase;
  let projectDir: string;
  let printed: string;
  const servers: App[] = [];

  beforeEach(async () => {
    database = await openTestDatabase(dialect);
    await database.db.close();
    projectDir = database.dir;
    const manifest = { name: 'p', version: '1.0.0', casement: { title: 'P', plugins: [] } };
    await writeFile(join(projectDir, 'package.json'), JSON.stringify(manifest));
    vi.stubEnv('DATABASE_URL', database.url);
    vi.stubEnv('CASEMENT_DATA', database.dir);
    vi.stubEnv('CASEMENT_LOG', 'silent');
    vi.stubEnv('PORT', '0');
    printed = '';
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    for (const server of servers.splice(0)) await server.close();
    await database.remove();
  });

  const print = (text: string) => void (printed += text);

  async function serve(): Promise<string> {
    const settings = readSettings(process.env, projectDir);
    servers.push(await runServer({ projectDir, settings, demo: false, log: silentLog, print }));
    const port = /Casement is running at http:\/\/localhost:(\d+)/.exec(printed)?.[1] ?? '';
    return `http://127.0.0.1:${port}`;
  }

  async function command(name: string, operands: readonly string[] = [], options: OptionValues = {}): Promise<string> {
    printed = '';
    await (await loadCommand(name))!.run({ projectDir, operands, options, print });
    return printed;
  }

  const tokenIn = (text: string) => /token=([\w-]{43})/.exec(text)?.[1] ?? '';

  it('go through the running server, bind at once and stand in the ledger (R-11, R-67)', async () => {
    const url = await serve();
    const stranger = callerOf(url, {});
    const added = await command('user add', ['Ann@Example.com'], { roles: 'manager', name: 'Ann Bell' });
    expect(added).toContain(`/auth/password?token=`);
    const chosen = { token: tokenIn(added), password: 'a phrase of mine' };
    expect((await stranger('POST', '/auth/password', chosen)).status).toBe(204);
    const login = await stranger('POST', '/auth/login', { email: 'ann@example.com', password: 'a phrase of mine' });
    const ann = callerOf(url, { Cookie: login.headers.get('set-cookie')?.split(';')[0] ?? '' });
    expect((await ann('GET', '/auth/me')).status).toBe(200);
    expect(await command('user list')).toMatch(/^ann@example\.com {2}Ann Bell {2}manager$/im);
    expect(await command('user disable', ['ann@example.com'])).toContain('is shut out');
    // On PostgreSQL the command is another process: its word comes within the second.
    await vi.waitFor(async () => expect((await ann('GET', '/auth/me')).status).toBe(401), { timeout: 1000 });
    expect(await command('user list')).toContain('disabled');
    await command('user enable', ['ann@example.com']);
    await command('user roles', ['ann@example.com'], {}).catch(() => undefined);
    await command('user roles', ['ann@example.com', 'owner, manager']);
    expect(await command('user list')).toMatch(/manager,owner|owner,manager/);
    const rows = await servers[0]!.db.read(
      sql`select "kind", "principalName", "door" from "_changes" where "entity" = 'user' and "door" = 'cli' and "kind" in ('created', 'updated') order by "seq"`,
    );
    expect(rows.map((row) => Object.values(row).join(' | '))).toEqual([
      'created | casement command: user add | cli',
      'updated | casement command: user disable | cli',
      'updated | casement command: user enable | cli',
      'updated | casement command: user roles | cli',
    ]);
  });

  it('open the database themselves when no server runs, and refuse what the server would', async () => {
    await command('user add', ['bo@example.com'], { roles: 'owner' });
    expect(tokenIn(await command('user invite', ['bo@example.com']))).not.toBe('');
    await expect(command('user add', ['bo@example.com'], { roles: 'owner' })).rejects.toThrow('already');
    await expect(command('user add', ['cy@example.com'], { roles: 'ownr' })).rejects.toThrow('Must be one of');
    await expect(command('user add', ['cy@example.com'])).rejects.toThrow('Name the roles');
    await expect(command('user invite', ['cy@example.com'])).rejects.toThrow('There is no user cy@example.com');
    expect(await command('user list')).toMatch(/^bo@example\.com {2}bo {2}owner\n$/);
  });

  it('take a password from stdin, and no weak one', async () => {
    const script = join(projectDir, 'run.mts');
    const main = JSON.stringify(new URL('main.ts', import.meta.url).href);
    await writeFile(script, `import { main } from ${main};\nawait main(process.argv.slice(2));\n`);
    const run = async (args: readonly string[], input: string) => {
      const node = [process.execPath, '--import', import.meta.resolve('tsx'), script] as const;
      const child = spawn(node[0], [...node.slice(1), ...args, '--project', projectDir], { stdio: 'pipe' });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (text += String(chunk)));
      child.stdin.end(input);
      const code = await new Promise((resolve) => child.on('exit', resolve));
      return { code, text };
    };
    expect(await run(['user', 'add', 'di@example.com', '--roles', 'owner', '--password'], 'short\n')).toMatchObject({
      code: 1,
      text: expect.stringContaining('at least 8 characters'),
    });
    expect(await command('user list')).toBe('');
    const added = ['user', 'add', 'di@example.com', '--roles', 'owner', '--password'];
    expect(await run(added, 'a phrase of mine\n')).toMatchObject({ code: 0 });
    expect(await run(['user', 'password', 'di@example.com'], 'another phrase\n')).toMatchObject({ code: 0 });
    const url = await serve();
    const login = (password: string) => callerOf(url, {})('POST', '/auth/login', { email: 'di@example.com', password });
    expect([(await login('a phrase of mine')).status, (await login('another phrase')).status]).toEqual([401, 200]);
  });

  // Only an SQLite file is held by one process, so only there is a door left beside it.
  if (dialect === 'sqlite') {
    it('find the server by a file that only its owner can read, gone with the server', async () => {
      const file = database.url.slice('sqlite:'.length);
      const url = await serve();
      expect((await stat(`${file}.door`)).mode & 0o777).toBe(0o600);
      expect(await findDoor(database.url)).toMatchObject({ url });
      await servers[0]!.close();
      await expect(stat(`${file}.door`)).rejects.toThrow('ENOENT');
      expect(await findDoor(database.url)).toBeUndefined();
    });

    it('do not mind what a killed server left behind', async () => {
      const file = database.url.slice('sqlite:'.length);
      await writeFile(`${file}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, started: '1' }));
      await writeFile(`${file}.door`, JSON.stringify({ pid: 2 ** 22 + 1, url: 'http://127.0.0.1:9', key: 'ctl_old' }));
      expect(await command('user list')).toBe('');
    });

    it('say who holds the file when nobody there takes commands', async () => {
      const held = await openDatabase({ url: database.url, projectDir, log: silentLog });
      await expect(command('user list')).rejects.toThrow(
        `in use by the process ${process.pid}, which takes no commands`,
      );
      await held.close();
    });

    it('are the only ones the control key opens: from this machine, and not passed on', async () => {
      const url = await serve();
      const { key } = JSON.parse(await readFile(`${database.url.slice('sqlite:'.length)}.door`, 'utf8')) as {
        key: string;
      };
      const status = async (headers: Record<string, string>) =>
        (await callerOf(url, headers)('GET', '/api/users')).status;
      const right = { Authorization: `Bearer ${key}` };
      expect(await status(right)).toBe(200);
      expect(await status({ Authorization: `Bearer ${key.slice(0, -1)}` })).toBe(401);
      expect(await status({ Authorization: 'Bearer ctl_' })).toBe(401);
      expect(await status({ ...right, 'X-Forwarded-For': '127.0.0.1' })).toBe(401);
      expect(await status({ ...right, Forwarded: 'for=10.0.0.1' })).toBe(401);
      const person = callerOf(url, right);
      for (const path of ['/auth/me', '/auth/keys']) expect((await person('GET', path)).status).toBe(403);
      expect((await person('POST', '/auth/keys', { name: 'x', roles: ['owner'] })).status).toBe(403);
    });
  }
});
