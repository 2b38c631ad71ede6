import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openHost } from './support/host.ts';
import type { Host } from './support/host.ts';

const ROLES = ['owner', 'manager', 'readOnly'] as const;
const ROOT = new URL('..', import.meta.url).pathname;
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

/** Everything Redocly recommends, warnings as errors, and what it has beside that and fits an API made from definitions. */
const LINT = `
extends: [recommended-strict]
rules:
  # Under which licence a firm lets others use its data is not for its definitions to say.
  info-license: off
  no-duplicated-tag-names: error
  no-schema-type-mismatch: error
  operation-operationId-url-safe: error
  operation-singular-tag: error
  operation-tag-defined: error
  parameter-description: error
  path-segment-plural: off
  response-mime-type: off
  spec-components-invalid-map-name: error
  tag-description: error
`;

/** An id is a UUID, so the word `files` never is one. */
const IGNORED = ['report', 'errors', 'cancel'].map((last) => `    - '#/paths/~1imports~1{id}~1${last}'`).join('\n');

const PROGRAM = `
import { configure, ApiError, createContact, getContact, updateContact } from './client.js';
import { createDeal, listDeal, updateDeal, moveDeal, deleteDeal, restoreDeal } from './client.js';
configure({ serverUrl: process.env['URL'] ?? '', auth: { bearer: process.env['KEY'] ?? '' } });
const contact = await createContact({ body: { name: 'Anna Tamm', phone: '+372 5123 4567' } });
const customer = 'id' in contact ? contact.id : undefined;
if (customer === undefined) throw new Error('not one contact');
const lines = [{ title: 'Door', quantity: '2', price: 150 }];
const made = await createDeal({ body: { title: 'Balcony', customer, lines } });
const id = 'id' in made ? made.id : undefined;
if (id === undefined) throw new Error('not one deal');
const path = { id };
await updateDeal({ path, body: { expectedOn: '2026-04-01' } });
const { version } = await getContact({ path: { id: customer } });
const sure = { path: { id: customer }, headers: { 'If-Match': \`"\${version}"\` } };
await updateContact({ ...sure, body: { city: 'Riga' } });
const change = updateContact({ ...sure, body: { city: 'Tartu' } });
const stale: unknown = await change.catch((error: unknown) => error);
const moved = await moveDeal({ path, body: { to: 'lost', set: { lostReason: 'price' }, note: 'They called' } });
const stage: string | null | undefined = moved.stage;
await deleteDeal({ path });
const back = await restoreDeal({ path });
const page = await listDeal({ query: { filter: JSON.stringify({ id }), count: 'exact', expand: 'lines' } });
const status = stale instanceof ApiError ? stale.status : 0;
const [shown] = page.data;
const seen = { stage, status, back: back.title, total: page.total, lines: shown?.lines?.length, price: shown?.total };
console.log(JSON.stringify(seen));
`;

const TS_CONFIG = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: ['node'],
    typeRoots: [join(ROOT, 'node_modules/@types')],
    noEmit: true,
    strict: true,
    noUncheckedIndexedAccess: true,
  },
  files: ['program.ts'],
};

/** The OpenAPI document of the window firm, read by tools that know nothing of Casement. */
describe('the OpenAPI document', () => {
  let host: Host;
  let dir: string;

  beforeAll(async () => {
    host = await openHost('sqlite', { demo: true });
    dir = await mkdtemp(join(tmpdir(), 'casement-openapi-'));
    await writeFile(join(dir, 'redocly.yaml'), LINT);
    const ignored = ROLES.map((role) => `${role}.json:\n  no-ambiguous-paths:\n${IGNORED}`);
    await writeFile(join(dir, '.redocly.lint-ignore.yaml'), ignored.join('\n'));
    for (const role of ROLES) {
      const email = `${role}-openapi@example.com`;
      const user = { name: role, email, password: 'a long and honest password', roles: [role] };
      await host.app.auth.createUserWithPassword(user);
      const { body } = await (await host.as(email)).get('/openapi.json');
      await writeFile(join(dir, `${role}.json`), JSON.stringify(body));
    }
  });
  afterAll(async () => {
    await host?.close();
    await rm(dir, { recursive: true, force: true });
  });

  /** Redocly without a word to its makers. */
  const redocly = (...args: readonly string[]) =>
    run(join(ROOT, 'node_modules/.bin/redocly'), args, {
      cwd: dir,
      env: { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });

  test.each(ROLES)(
    'for %s passes a strict linter',
    async (role) => {
      const { code, output } = await redocly('lint', `${role}.json`, '--config=redocly.yaml', '--format=stylish');
      expect(code, output).toBe(0);
    },
    120_000,
  );

  test('gives a client that compiles and works', async () => {
    const generated = await redocly('generate-client', 'owner.json', '--output=client.ts', '--args-style=grouped');
    expect(generated.code, generated.output).toBe(0);
    await writeFile(join(dir, 'program.ts'), PROGRAM);
    await writeFile(join(dir, 'package.json'), '{"type":"module"}');
    await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(TS_CONFIG));
    const compiled = await run(process.execPath, [TSC, '-p', dir, '--pretty', 'false'], { cwd: dir, env: {} });
    expect(compiled.output).toBe('');
    const owner = await host.as('owner-openapi@example.com');
    const expiresAt = '2026-12-01T00:00:00Z';
    const { body } = await owner.call('POST', '/auth/keys', { name: 'program', roles: ['owner'], expiresAt });
    const env = { URL: host.base, KEY: String(body['key']) };
    const tsx = createRequire(import.meta.url).resolve('tsx');
    const done = await run(process.execPath, ['--import', tsx, 'program.ts'], { cwd: dir, env });
    expect([done.code, done.output.trim()]).toEqual([
      0,
      JSON.stringify({ stage: 'lost', status: 412, back: 'Balcony', total: 1, lines: 1, price: '300.00' }),
    ]);
    expect(await readFile(join(dir, 'client.ts'), 'utf8')).toContain('redocly');
  }, 180_000);
});

function run(
  command: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
