import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadFiles } from '../../tests/support/definitions.ts';
import type { Files } from '../../tests/support/definitions.ts';
import { loadProject } from '../cli/load-project.ts';
import { writeTypes } from './write-types.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const TSC = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

const PROGRAM = `import { connect } from './types/index.js';
const crm = connect({ url: 'http://localhost', key: 'x' });
const page = await crm.order.list({ filter: { number: { startsWith: 'A' } }, sort: ['-number'], expand: ['client'] });
for (const order of page.data) console.log(order.number, order.client?.name.length);
await crm.order.create({ number: '1', client: 'id' });
`;

const entity = (name: string, properties: object, required: readonly string[]) => ({
  [`schemas/entities/${name}.json`]: {
    $id: name,
    title: name,
    type: 'object',
    'x-entity': { plural: `${name}s`, display: `{{${required[0]}}}` },
    properties,
    required,
    additionalProperties: false,
  },
});

const text = { type: 'string', maxLength: 40 };
const client = { type: 'string', 'x-field': { type: 'reference', to: 'client', inverse: 'orders' } };
const FIRM: Files = {
  ...entity('client', { name: text }, ['name']),
  ...entity('order', { number: text, client, source: { enum: ['site', 'phone'] } }, ['number', 'client']),
};
const RENAMED: Files = {
  ...FIRM,
  ...entity('order', { code: { ...text, 'x-was': 'number' }, client }, ['code', 'client']),
};

/** What the compiler says of a program that uses the types of these definitions. */
async function compile(files: Files, program: string): Promise<readonly string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'casement-types-'));
  try {
    mkdirSync(join(dir, 'types'));
    const types = await writeTypes(loadFiles(files));
    for (const [name, content] of Object.entries(types)) writeFileSync(join(dir, 'types', name), content);
    writeFileSync(join(dir, 'program.ts'), program);
    const options = { module: 'nodenext', target: 'es2022', lib: ['es2023', 'dom'], types: [], noEmit: true };
    const compilerOptions = {
      ...options,
      strict: true,
      exactOptionalPropertyTypes: true,
    };
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    const { stdout } = spawnSync(process.execPath, [TSC, '-p', dir, '--pretty', 'false'], { encoding: 'utf8' });
    return stdout.split('\n').filter(Boolean);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** `program.ts(3`: the file and the line. */
function placeOf(error: string): string {
  return /[\w-]+\.ts\(\d+/.exec(error)?.[0] ?? error;
}

describe('types of the entities', () => {
  test('the committed ones are what the definitions say', async () => {
    for (const [name, content] of Object.entries(await writeTypes(loadProject({ projectDir: ROOT }))))
      expect(content, 'run "npm run types"').toBe(readFileSync(join(ROOT, 'tests/generated', name), 'utf8'));
  });

  test('a program that uses them compiles', async () => {
    expect(await compile(FIRM, PROGRAM)).toEqual([]);
  });

  test('a renamed field breaks the program where its old name stands, and nowhere else', async () => {
    const errors = await compile(RENAMED, PROGRAM);
    expect(errors.map(placeOf)).toEqual(['program.ts(3', 'program.ts(3', 'program.ts(4', 'program.ts(5']);
  });

  test.each([
    ["await crm.order.list({ sort: ['-nunber'] });", 'an unknown sort'],
    ['await crm.order.list({ filter: { number: 5 } });', 'a filter of another type'],
    ["await crm.order.update('id', { createdAt: 'now' });", 'a field of the system'],
    ['await crm.order.create({});', 'a missing required field'],
    [
      "const order = await crm.order.get('id', { fields: ['number'] }); order.client;",
      'a field that was not asked for',
    ],
    ['crm.ordr;', 'an unknown entity'],
  ])('%s does not compile: %s', async (line) => {
    const program = `import { connect } from './types/index.js';\nconst crm = connect({ url: 'http://localhost' });\n${line}\n`;
    const errors = await compile(FIRM, program);
    expect(errors.map(placeOf)).toEqual(['program.ts(3']);
  });
});
