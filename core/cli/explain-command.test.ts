import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DIALECTS, openTestDatabase, silentLog } from '../../tests/support/databases.ts';
import type { TestDatabase } from '../../tests/support/databases.ts';
import type { OptionValues } from './command.ts';
import { loadCommand } from './commands.ts';
import { runServer } from './run-server.ts';
import { readSettings } from './settings.ts';

describe.each(DIALECTS)('casement explain on %s', (dialect) => {
  let database: TestDatabase;
  let printed = '';

  beforeEach(async () => {
    database = await openTestDatabase(dialect);
    await database.db.close();
    const manifest = { name: 'p', version: '1.0.0', casement: { title: 'P', plugins: [] } };
    await writeFile(join(database.dir, 'package.json'), JSON.stringify(manifest));
    vi.stubEnv('DATABASE_URL', database.url);
    vi.stubEnv('CASEMENT_DATA', database.dir);
    vi.stubEnv('CASEMENT_LOG', 'silent');
    vi.stubEnv('PORT', '0');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await database.remove();
  });

  async function command(name: string, operands: readonly string[], options: OptionValues): Promise<string> {
    printed = '';
    const print = (text: string) => void (printed += text);
    await (await loadCommand(name))!.run({ projectDir: database.dir, operands, options, print });
    return printed;
  }

  it('R-15: answers beside a running server and without one, in a sentence and the rules behind it', async () => {
    await command('user add', ['mia@example.com'], { roles: 'manager', name: 'Mia' });
    const alone = await command('explain', [], { user: 'mia@example.com', record: 'contact', action: 'delete' });
    expect(alone).toMatch(
      /^Mia may not delete contacts: no role grants it here: Manager says none\.\n {2}manager: read \{/,
    );
    const settings = readSettings(process.env, database.dir);
    const server = await runServer({
      projectDir: database.dir,
      settings,
      demo: false,
      log: silentLog,
      print: () => undefined,
    });
    try {
      const made = await server.records.write(server.system('test'), {
        op: 'create',
        entity: 'team',
        input: { name: 'T' },
      });
      const of = (options: OptionValues) =>
        command('explain', [], { user: 'mia@example.com', record: `team/${String(made['id'])}`, ...options });
      expect(await of({ field: 'name' }))
        .toBe(`Mia may see "Name" of this team: Manager says all (the role says nothing against it).
  manager: read all  holds  base/schemas/roles/manager.json
  manager: field write (the role says nothing against it)  holds  base/schemas/roles/manager.json
`);
      expect(await of({ action: 'update' })).toContain(
        'Mia may not change this team: no role grants it here: Manager says none.',
      );
      await expect(of({ field: 'nmae' })).rejects.toThrow('team has no field "nmae". Did you mean "name"?');
      await expect(of({ user: 'nobody@example.com' })).rejects.toThrow('There is no user nobody@example.com');
    } finally {
      await server.close();
    }
  });

  it.each([
    [{ record: 'deal' }, '--user is missing'],
    [{ user: 'a@b.ee' }, '--record is missing'],
    [{ user: 'a@b.ee', record: 'deal/' }, 'with a slash between them'],
    [{ user: 'a@b.ee', record: 'deal/1/2' }, 'with a slash between them'],
  ])('%j is a wrong command line', async (options, message) => {
    await expect(command('explain', [], options)).rejects.toThrow(message);
  });
});
