import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './measure.ts';
import type { Figure } from './measure.ts';
import { GROWING, OPERATIONS } from './operations.ts';
import type { Operation } from './operations.ts';
import { createDatabase } from './create-database.ts';
import { createProject } from './project.ts';
import { startCasement } from './start-casement.ts';
import { startReference } from './start-reference.ts';
import type { Subject } from './subject.ts';
import { startPostgres } from '../support/postgres-server.ts';

type Dialect = 'sqlite' | 'postgres';

/**
 * `npm run bench -- [--database sqlite|postgres] [--rows N] [--seconds S] [--rounds N] [--only NAME] [--growth N,N]`: Casement beside its own
 * references in one run, in turns; ratios beside their targets. A benchmark and never a test.
 */
const { values } = parseArgs({
  options: {
    database: { type: 'string' },
    rows: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string' },
    growth: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const report = (text: string) => process.stderr.write(`${text}\n`);

interface Line {
  readonly operation: Operation;
  readonly casement: Figure;
  readonly reference: Figure;
}

/** Both subjects on fresh databases; the work, then everything is stopped and removed. */
async function withSubjects<T>(
  dialect: Dialect,
  rows: number,
  work: (subjects: { casement: Subject; reference: Subject }) => Promise<T>,
): Promise<T> {
  const projectDir = await createProject({ board: values.growth !== undefined });
  const server = dialect === 'postgres' ? await startPostgres({ durable: true }) : undefined;
  const url = async (name: string) =>
    server ? createDatabase(server.url, name) : `sqlite:${join(projectDir, `${name}.db`)}`;
  const { subject: casement, figures } = await startCasement({
    projectDir,
    databaseUrl: await url('casement'),
    rows,
    report,
  });
  const reference = await startReference(await url('reference'), rows);
  try {
    report(
      `${dialect}, ${rows} rows: first boot ${figures.firstBoot.toFixed(0)} ms, boot ${figures.boot.toFixed(0)} ms (target 600), idle ${figures.idleMemory} MiB (target 110)`,
    );
    const result = await work({ casement, reference });
    report(`${dialect}: memory after load ${casement.memory()} MiB (target 200)`);
    return result;
  } finally {
    await Promise.all([casement.stop(), reference.stop()]);
    await server?.stop();
    await rm(projectDir, { recursive: true, force: true });
  }
}

async function compare(subjects: { casement: Subject; reference: Subject }, operation: Operation): Promise<Line> {
  const best: Record<Subject['name'], Figure | undefined> = { casement: undefined, reference: undefined };
  const counter = { next: 0 };
  for (const name of ['casement', 'reference'] as const) {
    await measure({ subject: subjects[name], operation, seconds: 1, counter });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['reference', 'casement'] as const) {
      const figure = await measure({ subject: subjects[name], operation, seconds, counter });
      if (figure.rate >= (best[name]?.rate ?? 0)) best[name] = figure;
    }
  }
  return { operation, casement: best.casement!, reference: best.reference! };
}

function print(dialect: Dialect, { operation, casement, reference }: Line): void {
  const ratio = casement.rate / reference.rate;
  const [must, stretch] = operation.target[dialect];
  const verdict = ratio >= stretch ? 'stretch' : ratio >= must ? 'met' : 'SHORT';
  const cells = [
    dialect.padEnd(8),
    operation.name.padEnd(18),
    rateText(casement).padStart(8),
    rateText(reference).padStart(9),
    ratio.toFixed(3).padStart(6),
    `${must} / ${stretch}`.padStart(12),
    verdict.padEnd(7),
    `${costText(casement)} / ${costText(reference)}`,
  ];
  console.log(cells.join('  '));
}

function rateText({ rate }: Figure): string {
  return rate.toFixed(rate < 100 ? 1 : 0);
}

function costText({ cost }: Figure): string {
  return `${cost.toFixed(cost < 10 ? 3 : 0)} ms`;
}

async function single({ casement }: { casement: Subject }, dialect: Dialect): Promise<void> {
  if (dialect !== 'sqlite') return;
  for (const operation of OPERATIONS.filter(({ name }) => name === 'read_one' || name === 'list50')) {
    const alone = { subject: casement, operation, seconds, connections: 1, counter: { next: 0 } };
    const { rate, p50, p99 } = await measure(alone);
    const mean = (1000 / rate).toFixed(2);
    console.log(`${dialect}  one connection  ${operation.name}  mean ${mean} ms  p50 ${p50} ms  p99 ${p99} ms`);
  }
}

/** Rates move with whatever else the machine does; the processor time of an answer hardly does (on PostgreSQL it is that of our side). */
async function growth(dialect: Dialect, sizes: readonly number[]): Promise<void> {
  const first = new Map<string, Figure>();
  for (const rows of sizes) {
    await withSubjects(dialect, rows, async (subjects) => {
      for (const operation of GROWING) {
        const measured = await compare(subjects, operation);
        const before = first.get(operation.name) ?? measured.casement;
        first.set(operation.name, before);
        console.log(
          `${rows} rows`.padEnd(14),
          line(measured),
          shareOf(measured.casement, before),
          `of ${sizes[0]} rows`,
        );
      }
    });
  }
}

function line({ operation, casement, reference }: Line): string {
  return `${operation.name.padEnd(12)} ${rateText(casement)} a second (reference ${rateText(reference)}), ${costText(casement)};`;
}

function shareOf(now: Figure, before: Figure): string {
  return `rate ${(now.rate / before.rate).toFixed(2)}, time ${(now.cost / before.cost).toFixed(2)}`;
}

for (const dialect of ['sqlite', 'postgres'] as const) {
  if (values.database !== undefined && values.database !== dialect) continue;
  if (values.growth !== undefined) {
    await growth(dialect, values.growth.split(',').map(Number));
    continue;
  }
  await withSubjects(dialect, Number(values.rows), async (subjects) => {
    console.log(
      'database  operation           casement  reference   ratio  must/stretch           processor time of an answer',
    );
    for (const operation of OPERATIONS) {
      if (values.only !== undefined && operation.name !== values.only) continue;
      print(dialect, await compare(subjects, operation));
    }
    await single(subjects, dialect);
  });
}
