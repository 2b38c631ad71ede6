/**
 * G16: a backup is written under load and restored into the other database: equal at its moment; a cut or flipped one is refused.
 * `npx tsx tests/drills/backup.ts [--database …] [--flips 40]`
 */
import { readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createCaller } from './support/caller.ts';
import { install } from './support/installation.ts';
import type { Dialect, Installation } from './support/installation.ts';
import { createReport, readOptions } from './support/report.ts';
import { createWorkload } from './support/workload.ts';

const { dialects, flips } = readOptions({ flips: { otherwise: 40, most: 1000 } });
const report = createReport(`backups under load, ${flips} flipped bits`);
for (const dialect of dialects) await drill(dialect);
report.end();

/** `1,234 rows (hash), 3 files…` → rows and hash. */
function contentsOf(output: string): string {
  return /([\d,]+ rows \([0-9a-f]+\))/.exec(output)?.[1] ?? output;
}

async function drill(dialect: Dialect): Promise<void> {
  const installation = await install(dialect);
  const server = await installation.start();
  const caller = createCaller({ url: server.url, key: installation.key });
  try {
    const workload = await createWorkload({ clients: 8, caller: () => caller, expects: [503] });
    workload.run();
    await pause(3000);
    const file = join(installation.dir, 'backup.tar');
    const before = workload.tally.acknowledged;
    const written = await installation.command(['backup', file]);
    const after = workload.tally.acknowledged;
    await workload.rest();
    const verified = await installation.command(['backup', '--verify', file]);
    const into = join(installation.dir, 'restored.db');
    const restored = await installation.command([
      'restore',
      file,
      '--into',
      `sqlite:${into}`,
      '--data',
      join(installation.dir, 'restored'),
    ]);
    const again = join(installation.dir, 'again.tar');
    const second = await installation.command([
      'restore',
      file,
      '--into',
      `sqlite:${into}`,
      '--data',
      join(installation.dir, 'restored'),
    ]);
    const rewritten = await backupOf(installation, into, again);
    report.figure(`${dialect}: writes acknowledged meanwhile`, after - before);
    report.figure(`${dialect}: contents`, contentsOf(written.output));
    report.figure(`${dialect}: size MiB`, ((await stat(file)).size / 1_048_576).toFixed(1));
    report.promise(
      `${dialect}: written and verified under load (R-77)`,
      written.code === 0 && verified.code === 0,
      verified.output.slice(-300),
    );
    report.promise(
      `${dialect}: restored, every row as it was (G16)`,
      restored.code === 0 && contentsOf(restored.output) === contentsOf(written.output),
      restored.output.slice(-300),
    );
    report.promise(
      `${dialect}: a backup of the restored database holds the same (G16)`,
      rewritten.code === 0 && sameRows(rewritten.output, written.output),
      rewritten.output.slice(-300),
    );
    report.promise(`${dialect}: a target that is not empty is refused (R-77)`, second.code === 1);
    await damage(dialect, installation, file);
    report.promise(
      `${dialect}: the load noticed nothing`,
      workload.tally.unexpected.length === 0 && !workload.tally.statuses.has(503),
      workload.tally.unexpected.slice(0, 3).join('\n'),
    );
  } finally {
    caller.close();
    await server.kill();
    await installation.remove();
  }
}

function sameRows(one: string, other: string): boolean {
  return contentsOf(one) === contentsOf(other);
}

function backupOf(installation: Installation, databaseFile: string, file: string) {
  return installation.command(['backup', file], {
    DATABASE_URL: `sqlite:${databaseFile}`,
    CASEMENT_DATA: join(installation.dir, 'restored'),
  });
}

/** Every flipped bit and every cut must be found before anything is written. */
async function damage(dialect: Dialect, installation: Installation, file: string): Promise<void> {
  const whole = await readFile(file);
  const broken = join(installation.dir, 'broken.tar');
  const target = join(installation.dir, 'broken.db');
  const taken: string[] = [];
  for (let index = 0; index < flips; index += 1) {
    const bytes = Buffer.from(whole);
    const place = Math.floor(Math.random() * bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << (index % 8));
    await writeFile(broken, bytes);
    const { code } = await installation.command(['backup', '--verify', broken]);
    if (code !== 1) taken.push(`byte ${place}`);
  }
  for (const share of [0.1, 0.5, 0.9, 0.999]) {
    await writeFile(broken, whole);
    await truncate(broken, Math.floor(whole.length * share));
    const { code } = await installation.command([
      'restore',
      broken,
      '--into',
      `sqlite:${target}`,
      '--data',
      join(installation.dir, 'broken'),
    ]);
    const exists = await stat(target).then(
      () => true,
      () => false,
    );
    if (code !== 1 || exists) taken.push(`cut at ${share}`);
  }
  report.promise(
    `${dialect}: each of ${flips} flipped bits and 4 cuts is refused (G16)`,
    taken.length === 0,
    taken.join(),
  );
}
