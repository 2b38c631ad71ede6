import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorDetail } from '../../errors.ts';
import type { ImportPlan } from '../../imports/plan.ts';
import { flag, text } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { importPlanOf } from '../import-plan.ts';
import { createProgress } from '../progress.ts';
import { sendFile } from '../send-file.ts';
import { refusalOf, withServer } from '../with-server.ts';
import type { Server } from '../with-server.ts';

/** What `/imports/{id}` answers, as far as the command needs it. */
interface Run {
  readonly id: string;
  readonly state: 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';
  readonly dryRun: boolean;
  readonly total: number;
  readonly done: number;
  readonly counts: Readonly<Record<'created' | 'updated' | 'skipped' | 'failed', number>>;
  readonly message: string | null;
  readonly batch: string | null;
}

const SOME_FAILED = 3;
const SHOWN = 10;

/** `casement import`: tables of another program. */
export const importCommand: Command = {
  name: 'import',
  summary: 'bring in records from CSV or XLSX tables, or JSON Lines',
  about: `Columns are matched to fields by their names unless --map says otherwise; a plan describes several tables that refer to one another
(schemas/meta/import.schema.json). Rows that are wrong are left out and listed, the others are kept; all of them are one batch, which can be undone.
Talks to the running server, if there is one. Cut off half-way, the same command goes on where it stopped.
Exit code 0 when every row is there, 1 when the import was refused or broke off, 3 when rows were left out.`,
  operands: ['FILE…?'],
  options: {
    entity: { type: 'string', hint: 'NAME', text: 'what the rows are: contact' },
    plan: { type: 'string', hint: 'FILE', text: 'a plan of several tables, in place of FILE and --entity' },
    dir: { type: 'string', hint: 'DIR', text: "folder of the plan's tables (default: the plan's own)" },
    map: {
      type: 'string',
      multiple: true,
      hint: 'FIELD=COLUMN',
      text: 'which column holds a field; may be given several times',
    },
    mapping: { type: 'string', hint: 'NAME', text: 'a mapping saved on the server' },
    key: { type: 'string', hint: 'COLUMN', text: 'the key the rows have in their source' },
    source: {
      type: 'string',
      hint: 'NAME',
      text: 'the program the tables come from; its keys are kept under this name',
    },
    duplicates: {
      type: 'string',
      hint: 'HOW',
      text: 'rows whose record is there already: skip (default), update, new',
    },
    'dry-run': { type: 'boolean', text: 'do everything and take it back' },
    again: { type: 'boolean', text: 'the same tables once more, though their rows would come twice' },
    automations: { type: 'boolean', text: 'let rules follow every row' },
    errors: {
      type: 'string',
      hint: 'DIR',
      text: 'put the rows that were left out there, with their reasons, as CSV or JSON Lines',
    },
    sheet: { type: 'string', hint: 'NAME', text: 'sheet of a workbook (default: the first)' },
    encoding: { type: 'string', hint: 'NAME', text: 'of a CSV file, such as windows-1251 (default: found out)' },
    delimiter: { type: 'string', hint: 'SIGN', text: 'of a CSV file (default: found out)' },
  },
  async run(call) {
    const plan = await importPlanOf(call);
    await withServer(call, 'import', async (server) => {
      const run = await follow(server, await begin(call, server, plan));
      await tell(call, { server, plan, run });
    });
  },
};

async function begin(call: Call, server: Server, plan: ImportPlan): Promise<Run> {
  const progress = createProgress();
  const uploaded = new Map<string, string>();
  const files = [...new Set(plan.tables.map(({ file }) => file))];
  for (const [index, file] of files.entries()) {
    const { id } = (await sendFile(server, '/imports/files', file)) as { id: string };
    uploaded.set(file, id);
    progress.report('Reading', index + 1, files.length);
  }
  progress.end();
  const tables = plan.tables.map((table) => ({ ...table, file: uploaded.get(table.file) ?? table.file }));
  const body = { plan: { ...plan, tables }, dryRun: flag(call, 'dry-run'), again: flag(call, 'again') };
  return (await server.send('POST', '/imports', body)) as Run;
}

async function follow(server: Server, begun: Run): Promise<Run> {
  const progress = createProgress();
  let run = begun;
  while (run.state === 'running' || run.state === 'cancelling') {
    await pause(250);
    run = (await server.send('GET', `/imports/${begun.id}`)) as Run;
    progress.report(run.dryRun ? 'Trying' : 'Importing', run.done, run.total);
  }
  progress.end();
  return run;
}

async function tell(call: Call, of: { server: Server; plan: ImportPlan; run: Run }): Promise<void> {
  const { run, server, plan } = of;
  const { created, updated, skipped, failed } = run.counts;
  const verb = run.dryRun ? 'Would be ' : '';
  call.print(`${verb}${created} created, ${updated} updated, ${skipped} skipped, ${failed} left out.\n`);
  if (run.message !== null) call.print(`${run.message}\n`);
  if (failed > 0) await tellFailures(call, of);
  if (run.batch !== null && created + updated > 0) call.print(`Batch ${run.batch} takes it all back.\n`);
  const dir = text(call, 'errors');
  if (failed > 0 && dir !== undefined) await saveErrors(server, { dir, plan, run });
  if (run.state !== 'done') process.exitCode = 1;
  else if (failed > 0) process.exitCode = SOME_FAILED;
}

interface Failure {
  readonly table: number;
  readonly row: number;
  readonly errors?: readonly ErrorDetail[];
}

async function tellFailures(
  call: Call,
  { server, plan, run }: { server: Server; plan: ImportPlan; run: Run },
): Promise<void> {
  const { data } = (await server.send('GET', `/imports/${run.id}/report?status=failed&limit=${SHOWN}`)) as {
    data: readonly Failure[];
  };
  for (const { table, row, errors = [] } of data) {
    const reasons = errors.map(({ path, message }) => (path === '' ? message : `${path.slice(1)}: ${message}`));
    call.print(`  ${basename(plan.tables[table]?.file ?? '')} row ${row}: ${reasons.join(' ')}\n`);
  }
  if (run.counts.failed > data.length)
    call.print(`  and ${run.counts.failed - data.length} more; --errors DIR keeps them all.\n`);
}

async function saveErrors(
  server: Server,
  { dir, plan, run }: { dir: string; plan: ImportPlan; run: Run },
): Promise<void> {
  await mkdir(dir, { recursive: true });
  for (const [index, table] of plan.tables.entries()) {
    const page = (await server.send('GET', `/imports/${run.id}/report?status=failed&limit=1&after=${index}.0`)) as {
      data: readonly Failure[];
    };
    if (page.data[0]?.table !== index) continue;
    const response = await server.fetch(`/imports/${run.id}/errors?table=${index}`);
    if (!response.ok || !response.body) throw await refusalOf(response);
    const format = response.headers.get('content-type')?.startsWith('application/jsonl') === true ? 'jsonl' : 'csv';
    const name = `${basename(table.file).replace(/\.[^.]*$/, '')}-${table.entity}-errors.${format}`;
    await pipeline(Readable.fromWeb(response.body as never), createWriteStream(join(dir, name)));
  }
}
