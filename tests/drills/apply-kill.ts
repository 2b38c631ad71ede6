/**
 * G15: `casement apply` is killed again and again while it changes a type, renames, fills and works out; the next one finishes, and every value is
 * there. `npx tsx tests/drills/apply-kill.ts [--database …] [--rows 2000] [--kills 25]`
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import type { Row } from './support/caller.ts';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';

const BIN = new URL('../../core/bin/casement.cjs', import.meta.url).pathname;
const ANSWERS = ['--convert', 'boat.size', '--fill', 'boat.colour=red'];
/** A kill comes at any moment of an apply, from its first on. */
const LONGEST = 4000;

const BEFORE = {
  size: { type: 'string', maxLength: 20 },
  note: { type: 'string', maxLength: 80 },
};
const AFTER = {
  size: { type: 'integer' },
  remark: { type: 'string', maxLength: 80, 'x-was': 'note' },
  colour: { enum: ['red', 'blue'] },
  twice: { type: 'integer', 'x-field': { computed: 'size * 2' } },
};

const { dialects, rows, kills } = readOptions({
  rows: { otherwise: 2000, most: 100_000 },
  kills: { otherwise: 25, most: 1000 },
});
const report = createReport(`casement apply killed ${kills} times, ${rows} records`);
for (const dialect of dialects) await drill(dialect);
report.end();

async function define({ projectDir }: Installation, properties: object, required: readonly string[]): Promise<void> {
  const boat = {
    $id: 'boat',
    title: 'Boat',
    type: 'object',
    'x-entity': { plural: 'boats', display: '{{name}}' },
    properties: { name: { type: 'string' }, ...properties },
    required,
    additionalProperties: false,
  };
  await mkdir(join(projectDir, 'schemas/entities'), { recursive: true });
  await writeFile(join(projectDir, 'schemas/entities/boat.json'), JSON.stringify(boat));
}

async function fill(installation: Installation): Promise<void> {
  const server = await installation.start();
  const caller = createCaller({ url: server.url, key: installation.key });
  for (let from = 0; from < rows; from += 500) {
    const body = Array.from({ length: Math.min(500, rows - from) }, (_, index) => {
      const number = String(from + index);
      return { name: `boat ${number}`, size: number, note: `note ${number}` };
    });
    const { status, json } = await caller({ method: 'POST', path: '/api/boats', body });
    if (status !== 201) throw new Error(`The boats were not made: ${JSON.stringify(json)}`);
  }
  caller.close();
  await server.stop();
}

/** True when it was killed, false when it had ended by itself, well. */
async function killApply({ projectDir, env }: Installation, after: number): Promise<boolean> {
  const child = spawn(process.execPath, [BIN, 'apply', ...ANSWERS, '--project', projectDir], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
  const first = await Promise.race([ended, pause(after, 'time' as const)]);
  if (first === 'time') child.kill('SIGKILL');
  const code = await ended;
  if (code !== null && code !== 0) throw new Error(`apply ended with ${code}: ${said}`);
  return code === null;
}

/** Every boat as it must be now. Answers what is not so. */
async function inspect(installation: Installation): Promise<readonly string[]> {
  const server = await installation.start();
  const caller = createCaller({ url: server.url, key: installation.key });
  const faults: string[] = [];
  let count = 0;
  let path = '/api/boats?limit=1000&sort=name';
  for (;;) {
    const { status, json } = await caller({ method: 'GET', path });
    if (status !== 200) throw new Error(`The boats cannot be read: ${status} ${JSON.stringify(json)}`);
    for (const boat of json['data'] as readonly Row[]) {
      const number = Number(String(boat['name']).slice('boat '.length));
      const expected = { size: number, remark: `note ${number}`, colour: 'red', twice: 2 * number };
      for (const [field, value] of Object.entries(expected))
        if (boat[field] !== value) faults.push(`boat ${number}: ${field} is ${JSON.stringify(boat[field])}`);
    }
    count += (json['data'] as readonly Row[]).length;
    if (typeof json['next'] !== 'string') break;
    path = `/api/boats?limit=1000&sort=name&after=${encodeURIComponent(json['next'])}`;
  }
  if (count !== rows) faults.push(`${count} boats of ${rows}`);
  caller.close();
  await server.stop();
  return faults;
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  try {
    await define(installation, BEFORE, ['name']);
    await fill(installation);
    const faults: string[] = [];
    const resumed: string[] = [];
    let killed = 0;
    let rounds = 0;
    while (killed < kills) {
      await define(installation, AFTER, ['name', 'colour']);
      const before = killed;
      while (killed < kills && (await killApply(installation, 200 + Math.random() * LONGEST))) killed += 1;
      const last = await installation.command(['apply', ...ANSWERS]);
      if (last.code !== 0) resumed.push(last.output.slice(-500));
      faults.push(...(await inspect(installation)));
      rounds += 1;
      report.note(`${dialect}: round ${rounds}, ${killed - before} kills, ${faults.length} faults`);
      if (killed >= kills || last.code !== 0) break;
      const back = await installation.command(['rollback', '--discard-changes']);
      if (back.code !== 0) throw new Error(`rollback: ${back.output.slice(-500)}`);
    }
    const ledger = await installation.command(['ledger', 'verify']);
    report.figure(`${dialect}: kills, rounds`, `${killed}, ${rounds}`);
    report.promise(`${dialect}: the next apply always finishes (G15)`, resumed.length === 0, resumed[0] ?? '');
    report.promise(
      `${dialect}: no value lost or half changed (G15, R-70)`,
      faults.length === 0,
      faults.slice(0, 5).join('\n'),
    );
    report.promise(`${dialect}: the ledger is whole`, ledger.code === 0, ledger.output.slice(-300));
  } finally {
    await installation.remove();
  }
}
