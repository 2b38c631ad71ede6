/**
 * Contacts by the million from one CSV file, in bounded memory: `npx tsx tests/drills/import-million.ts [RECORDS] [DATABASE_URL]`. Prints the time,
 * the rows in a second, the most memory seen, and how long a list and a search take afterwards. Ends with code 1 when a row is missing or memory
 * grew beyond 600 MiB.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { createApp } from '../../core/app.ts';
import { silentLog } from '../support/databases.ts';

const RECORDS = Number(process.argv[2] ?? 1_000_000);
const MIB = 1_048_576;
const MOST_MEMORY = 600 * MIB;
const ROOT = new URL('../..', import.meta.url).pathname;

function* rows(): Generator<string> {
  yield 'Full name;E-mail;Telephone;City;Birth date;Notes\n';
  for (let n = 1; n <= RECORDS; n += 1) {
    const digits = String(n).padStart(7, '0');
    const date = `${String((n % 28) + 1).padStart(2, '0')}.${String((n % 12) + 1).padStart(2, '0')}.${1950 + (n % 55)}`;
    yield `Person ${n};person${n}@example.com;+372 5${digits.slice(0, 3)} ${digits.slice(3)};${n % 2 ? 'Rīga' : 'Tartu'};${date};"Line one\nline two of ${n}"\n`;
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

const dir = await mkdtemp(join(tmpdir(), 'casement-million-'));
const file = join(dir, 'contacts.csv');
await pipeline(Readable.from(rows()), createWriteStream(file));
print(`${RECORDS.toLocaleString('en')} rows, ${Math.round((await stat(file)).size / MIB)} MiB`);

const app = await createApp({
  projectDir: ROOT,
  plugins: [],
  databaseUrl: process.argv[3] ?? `sqlite:${join(dir, 'drill.db')}`,
  dataDir: dir,
  secret: 'only-for-drills-only-for-drills-only-for-drills',
  log: silentLog,
});
const { imports } = app;
const ctx = app.system('drill');
let peak = 0;
const timer = setInterval(() => void (peak = Math.max(peak, process.memoryUsage.rss())), 50);
const begun = performance.now();
const upload = await imports.upload(ctx, { name: 'contacts.csv', content: createReadStream(file) });
const map = {
  name: 'Full name',
  email: 'E-mail',
  phone: 'Telephone',
  city: 'City',
  birthday: { column: 'Birth date', format: 'dd.MM.yyyy' },
  notes: 'Notes',
};
let run = await imports.start(ctx, { tables: [{ file: upload.id, entity: 'contact', map }] });
let told = 0;
while (run.finishedAt === null) {
  await pause(500);
  run = await imports.get(ctx, run.id);
  const done = run.counts.created + run.counts.skipped + run.counts.failed;
  if (done - told < RECORDS / 10) continue;
  told = done;
  print(
    `${done.toLocaleString('en').padStart(10)} rows   ${Math.round((performance.now() - begun) / 1000)} s   ${Math.round(process.memoryUsage.rss() / MIB)} MiB`,
  );
}
const seconds = (performance.now() - begun) / 1000;
clearInterval(timer);
print(
  `${run.state}: ${JSON.stringify(run.counts)} in ${seconds.toFixed(1)} s, ${Math.round(RECORDS / seconds)} rows/s, peak ${Math.round(peak / MIB)} MiB`,
);
const question = async (name: string, ask: (n: number) => Promise<unknown>) => {
  const times: number[] = [];
  for (let n = 0; n < 200; n += 1) {
    const asked = performance.now();
    await ask(n);
    times.push(performance.now() - asked);
  }
  times.sort((a, b) => a - b);
  print(`${name.padEnd(24)} p50 ${times[100]?.toFixed(1)} ms   p99 ${times[197]?.toFixed(1)} ms`);
};
const random = () => 1 + Math.floor(Math.random() * RECORDS);
const { records } = app;
await question('newest 50', () => records.read(ctx, { entity: 'contact' }));
await question('50 by name', () => records.read(ctx, { entity: 'contact', sort: ['name'] }));
await question('search an e-mail', () => records.read(ctx, { entity: 'contact', search: `person${random()}@ex` }));
await question('search a phone', () =>
  records.read(ctx, { entity: 'contact', search: `5${String(random()).padStart(7, '0')}` }),
);
await question('search everywhere', () => records.search(ctx, { q: `person ${random()}` }));
await app.close();
await rm(dir, { recursive: true, force: true });
process.exitCode = run.counts.created === RECORDS && peak < MOST_MEMORY ? 0 : 1;
