import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.ts';
import { COMMAND_NAMES, loadCommands } from './commands.ts';
import { prettyLine } from './create-log.ts';
import { helpOf, overview } from './help.ts';
import { provideSecret } from './secret.ts';
import { readSettings, SettingsError } from './settings.ts';

describe('the command line', () => {
  it.each([
    [['start', '--demo'], { name: 'start', project: '.', options: { demo: true } }],
    [
      ['check', '--project', 'x', '--plugin', 'a', '--plugin=b'],
      { name: 'check', project: 'x', options: {}, plugins: ['a', 'b'] },
    ],
  ])('%j', async (argv, { name, ...expected }) => {
    const parsed = await parseArguments(argv);
    expect(parsed).toMatchObject({ kind: 'run', ...expected, command: { name } });
  });

  it.each([
    [['--version'], 'version', undefined],
    [['--help'], 'overview', undefined],
    [['help'], 'overview', undefined],
    [['dev', '--help'], 'help', 'dev'],
    [['help', 'check'], 'help', 'check'],
  ])('%j asks for %s', async (argv, kind, name) => {
    const parsed = await parseArguments(argv);
    expect([parsed.kind, parsed.kind === 'help' ? parsed.commands[0]?.name : undefined]).toEqual([kind, name]);
  });

  it.each([
    [[], 'Say what to do'],
    [['strat'], '"strat" is not a command. Did you mean "start"?'],
    [['start', '--dmeo'], '"--dmeo" is not an option of start. Did you mean "--demo"?'],
    [['start', 'x'], '"x" stands too much'],
    [['check', '--demo'], '"--demo" is not an option of check'],
  ])('refuses %j', async (argv, message) => {
    await expect(parseArguments(argv)).rejects.toThrow(message);
  });

  it('explains a family of commands by its first word', async () => {
    const asked = await parseArguments(['db', '--help']);
    expect(asked.kind === 'help' ? asked.commands.map(({ name }) => name) : []).toEqual(['db copy']);
    await expect(parseArguments(['db'])).rejects.toThrow('"db" goes with a second word: db copy.');
  });

  it('explains every command', async () => {
    const commands = await loadCommands();
    expect(commands.map(({ name }) => name)).toEqual(COMMAND_NAMES);
    for (const command of commands) {
      expect(overview(commands)).toContain(`casement ${command.name}`);
      expect(helpOf(command)).toContain('--project DIR');
    }
  });
});

describe('settings', () => {
  const STRONG = 'kJ8s0Qm2xVb7Lr4TzYw9PnCd3FhGa6Ue';

  it('have defaults', () => {
    expect(readSettings({}, '/p')).toEqual({
      port: 3000,
      host: '127.0.0.1',
      databaseUrl: 'sqlite:/p/data/casement.db',
      dataDir: '/p/data',
      logLevel: 'info',
      jobs: 'here',
      isProduction: false,
      environment: {},
      warnings: [],
    });
  });

  it('are read from the environment', () => {
    const environment = {
      PORT: '0',
      HOST: '::',
      DATABASE_URL: 'sqlite:./x/y.db',
      CASEMENT_URL: 'https://crm.example.com/',
      CASEMENT_TRUST_PROXY: '1',
      CASEMENT_ADMIN: 'a@b.ee:pass:word',
      CASEMENT_SECRET: STRONG,
      SMTP_URL: 'smtp://localhost:25',
      MAIL_FROM: 'crm@b.ee',
      CASEMENT_LOG: 'debug',
      NODE_ENV: 'production',
      CASEMENT_SECERT: 'x',
    };
    expect(readSettings(environment, '/p')).toEqual({
      port: 0,
      host: '::',
      databaseUrl: 'sqlite:/p/x/y.db',
      dataDir: '/p/x',
      url: 'https://crm.example.com',
      trustProxy: 1,
      admin: { email: 'a@b.ee', password: 'pass:word' },
      secret: STRONG,
      smtpUrl: 'smtp://localhost:25',
      mailFrom: 'crm@b.ee',
      logLevel: 'debug',
      jobs: 'here',
      isProduction: true,
      environment,
      warnings: ['CASEMENT_SECERT is not a setting of Casement. Did you mean "CASEMENT_SECRET"?'],
    });
    expect(readSettings({ DATABASE_URL: 'postgres://h/d' }, '/p').dataDir).toBe('/p/data');
    expect(readSettings({ DATABASE_URL: 'postgres://h/d', CASEMENT_JOBS: 'workers' }, '/p').jobs).toBe('workers');
    expect(() => readSettings({ CASEMENT_JOBS: 'workers' }, '/p')).toThrow('workers need PostgreSQL');
    expect(() => readSettings({ CASEMENT_JOBS: 'off' }, '/p')).toThrow('CASEMENT_JOBS: Must be here, or workers');
  });

  it('are refused all at once', () => {
    const wrong = {
      PORT: '99999',
      DATABASE_URL: 'mysql:x',
      CASEMENT_URL: 'crm',
      CASEMENT_TRUST_PROXY: 'true',
      CASEMENT_ADMIN: 'x',
      SMTP_URL: 'http://x',
      CASEMENT_LOG: 'loud',
    };
    try {
      readSettings(wrong, '/p');
      expect.unreachable();
    } catch (error) {
      const names = (error as SettingsError).problems.map((problem) => problem.split(':')[0]);
      expect(names.sort()).toEqual(Object.keys(wrong).sort());
    }
  });

  it.each([
    [undefined, 'Is missing'],
    ['short', 'Is shorter than 32'],
    ['change-me-change-me-change-me-change-me', 'Looks like a sample'],
    ['a'.repeat(40), 'Looks like a sample'],
  ])('refuse the secret %s in production (R-60)', (secret, message) => {
    expect(() =>
      readSettings({ NODE_ENV: 'production', ...(secret === undefined ? {} : { CASEMENT_SECRET: secret }) }, '/p'),
    ).toThrow(message);
  });
});

it('makes the secret once, for the owner of the folder only', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'casement-secret-'));
  const made = await Promise.all([provideSecret(undefined, dir), provideSecret(undefined, dir)]);
  expect(made[0]).toBe(made[1]);
  expect(made[0]?.length).toBe(43);
  expect((await stat(join(dir, 'secret'))).mode & 0o777).toBe(0o600);
  expect((await provideSecret('short', dir)).length).toBe(43);
  await rm(dir, { recursive: true });
});

it('prints a line of the log for people', () => {
  expect(prettyLine('{"level":40,"time":"2026-01-02T03:04:05.000Z","msg":"hot","degrees":41}')).toBe(
    '03:04:05 WARN  hot {"degrees":41}\n',
  );
});

describe('the process', () => {
  let dir: string;
  const project = { name: 'p', version: '1.0.0', casement: { title: 'P', plugins: [] } };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'casement-cli-'));
    await writeFile(join(dir, 'package.json'), JSON.stringify(project));
    await writeFile(
      join(dir, 'run.mts'),
      `import { main } from ${JSON.stringify(new URL('main.ts', import.meta.url).href)};\nawait main(process.argv.slice(2));\n`,
    );
  });
  afterAll(async () => rm(dir, { recursive: true, force: true }));

  function run(args: readonly string[], environment: Record<string, string> = {}) {
    const tsx = import.meta.resolve('tsx');
    const child = spawn(process.execPath, ['--import', tsx, join(dir, 'run.mts'), ...args], {
      env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (output.out += String(chunk)));
    child.stderr.on('data', (chunk) => (output.err += String(chunk)));
    const ended = new Promise<number | null>((resolve) => {
      child.on('exit', (code) => resolve(code));
    });
    return { child, output, ended };
  }

  it('refuses wrong definitions with file, pointer and message, and exit code 1', async () => {
    await mkdir(join(dir, 'schemas/entities'), { recursive: true });
    const wrong = join(dir, 'schemas/entities/boat.json');
    await writeFile(
      wrong,
      JSON.stringify({
        $id: 'boat',
        title: 'Boat',
        type: 'object',
        'x-entity': { plural: 'boats', display: '{{nme}}' },
        properties: { name: { type: 'strin' } },
      }),
    );
    for (const command of ['start']) {
      const { output, ended } = run([command, '--project', dir]);
      expect(await ended).toBe(1);
      expect(output.err).toMatch(/^schemas\/entities\/boat\.json#\/\S*: .+/m);
      expect(output.err).toContain('Nothing was started.');
    }
    await rm(wrong);
  });

  it.each<[string, unknown, string]>([
    ['schemas/views/x.json', '{', 'schemas/views/x.json#/: Not JSON: '],
    [
      'schemas/views/x.json',
      { name: 'x', entity: 'deel', kind: 'list' },
      'schemas/views/x.json#/entity: There is no entity "deel". Did you mean "deal"?',
    ],
    [
      'schemas/entities/deal.json',
      { $id: 'deal', 'x-extends': 'deal', properties: { note: { $ref: 'http://127.0.0.1/' } } },
      'schemas/entities/deal.json#/properties/note/$ref: ',
    ],
    [
      'schemas/entities/user.json',
      { 'x-patch': 'base/entity/user', properties: { roles: null } },
      'schemas/entities/user.json#/properties/roles: ',
    ],
    [
      'schemas/roles/boss.json',
      { name: 'boss', entities: {}, operations: ['fly'] },
      'schemas/roles/boss.json#/operations/0: ',
    ],
    ['locales/et.json', { 'entities.deel.title': 'x' }, 'locales/et.json#/entities.deel.title: '],
  ])(
    'check refuses %s with its place, exit code 1 and no stack; --json says the same',
    async (path, content, expected) => {
      const place = await mkdtemp(join(dir, 'check-'));
      const file = join(place, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(join(place, 'package.json'), JSON.stringify(project));
      await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
      const [plain, json] = [run(['check', '--project', place]), run(['check', '--json', '--project', place])];
      expect([await plain.ended, await json.ended]).toEqual([1, 1]);
      expect(plain.output.err).toContain(expected);
      expect(plain.output.err).not.toMatch(/^\s+at /m);
      const answer = JSON.parse(json.output.out) as {
        ok: boolean;
        errors: { file: string; pointer: string; message: string }[];
      };
      expect(answer.ok).toBe(false);
      expect(
        answer.errors.some((error) => `${error.file}#${error.pointer || '/'}: ${error.message}`.startsWith(expected)),
      ).toBe(true);
    },
  );

  it('check --strict names each missing text for each language; plain check does not', async () => {
    const place = await mkdtemp(join(dir, 'strict-'));
    await mkdir(join(place, 'schemas/views'), { recursive: true });
    await writeFile(join(place, 'package.json'), JSON.stringify(project));
    await writeFile(
      join(place, 'schemas/views/mine.json'),
      JSON.stringify({ name: 'mine', title: 'My deals', entity: 'deal', kind: 'list' }),
    );
    const [plain, strict] = [run(['check', '--project', place]), run(['check', '--strict', '--project', place])];
    expect([await plain.ended, await strict.ended]).toEqual([0, 1]);
    for (const language of ['et', 'ru'])
      expect(strict.output.err).toContain(
        `locales/${language}.json#/views.mine.title: There is no text in ${language} for "My deals".`,
      );
  });

  it('tells a wrong command line with exit code 2', async () => {
    const { output, ended } = run(['chekc']);
    expect(await ended).toBe(2);
    expect(output.err).toMatch(
      /^"chekc" is not a command\. Did you mean "check"\? Known are start, worker, dev, check.*\.\n$/,
    );
  });

  it('starts on nothing, prints the set-up link, and ends cleanly at SIGTERM', async () => {
    const { child, output, ended } = run(['start', '--project', dir]);
    for (let i = 0; i < 400 && !output.out.includes('/auth/setup?token='); i += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(output.out, output.err).toMatch(/^Casement is running at http:\/\/localhost:\d+\n/);
    const link = /http:\S+\/auth\/setup\?token=\S+/.exec(output.out)?.[0] ?? '';
    expect((await fetch(link)).status).toBe(200);
    expect((await readFile(join(dir, 'data/secret'), 'utf8')).length).toBe(44);
    child.kill('SIGTERM');
    expect(await ended, output.err).toBe(0);
  });

  it('follows a replaced definition within a second without starting anew, and keeps what it has when it is wrong', async () => {
    const file = join(dir, 'schemas/entities/boat.json');
    await mkdir(dirname(file), { recursive: true });
    // As editors do: a new file of the same name takes the place of the old one.
    const save = async (properties: object) => {
      const boat = { $id: 'boat', title: 'Boat', type: 'object', 'x-entity': { plural: 'boats', display: '{{name}}' } };
      await writeFile(`${file}.new`, JSON.stringify({ ...boat, properties, additionalProperties: false }));
      await rename(`${file}.new`, file);
    };
    const name = { type: 'string' };
    await save({ name, crew: { type: 'integer' } });
    const { child, output, ended } = run(['dev', '--project', dir], { CASEMENT_DATA: join(dir, 'dev') });
    const count = (text: string) => output.out.split(text).length - 1;
    const until = async (holds: () => boolean) => {
      for (let i = 0; i < 2000 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(holds(), output.out + output.err).toBe(true);
    };
    await until(() => output.out.includes('/auth/setup?token='));
    const url = `http://localhost:${/localhost:(\d+)/.exec(output.out)?.[1]}`;
    const saveAndWait = async (properties: object, times: number) => {
      const saved = performance.now();
      await save(properties);
      await until(() => count('is live') === times);
      return performance.now() - saved;
    };
    const first = await saveAndWait({ name, crew: { type: 'integer' }, sail: { enum: ['red'] } }, 1);
    await save({ name, crew: { type: 'integer' }, sail: { enm: ['red'] } });
    await until(() => output.out.includes('Unknown key "enm"'));
    expect((await fetch(`${url}/health`)).status).toBe(200);
    await save({ name, crew: { type: 'string' }, sail: { enum: ['red'] } });
    // No boat has a crew yet, so another type loses nothing.
    await until(() => count('is live') === 2);
    expect(count('The server goes on with the definitions it has.')).toBe(1);
    const second = await saveAndWait({ name, crew: { type: 'string' }, sail: { enum: ['red', 'blue'] } }, 3);
    // About a second where nothing else runs; a busy machine is no fault of ours.
    expect(Math.min(first, second)).toBeLessThan(8000);
    await writeFile(join(dir, 'package.json'), '{');
    await until(() => output.out.includes('package.json#/: Not JSON'));
    await writeFile(join(dir, 'package.json'), JSON.stringify(project));
    expect([count('Casement is running'), (await fetch(`${url}/health`)).status]).toEqual([1, 200]);
    child.kill('SIGTERM');
    expect(await ended, output.err).toBe(0);
    await rm(file);
  }, 40_000);

  it('names a data folder that cannot be written', async () => {
    const taken = join(dir, 'taken');
    await writeFile(taken, '');
    const { output, ended } = run(['start', '--project', dir], { CASEMENT_DATA: join(taken, 'data') });
    expect(await ended).toBe(1);
    expect(output.err).toBe(
      `${join(taken, 'data')} cannot be written (ENOTDIR). Check its rights, or name another folder with CASEMENT_DATA or DATABASE_URL.\n`,
    );
  });

  it('does not start in production on a missing, short or sample secret, and names the reason (R-60)', async () => {
    const cases: readonly [string | undefined, string][] = [
      [undefined, 'Is missing'],
      ['short', 'Is shorter than 32'],
      ['change-me-change-me-change-me-change-me', 'Looks like a sample'],
    ];
    for (const [secret, reason] of cases) {
      const given = secret === undefined ? {} : { CASEMENT_SECRET: secret };
      const { output, ended } = run(['start', '--project', dir], { NODE_ENV: 'production', ...given });
      expect([await ended, output.out]).toEqual([1, '']);
      expect(output.err).toContain(`CASEMENT_SECRET: ${reason}`);
    }
  });

  it('never makes demo data in production', async () => {
    const { output, ended } = run(['start', '--demo', '--project', dir], {
      NODE_ENV: 'production',
      CASEMENT_SECRET: 'kJ8s0Qm2xVb7Lr4TzYw9PnCd3FhGa6Ue',
    });
    expect(await ended).toBe(1);
    expect(output.err).toContain('never made while NODE_ENV is production');
  });
});
