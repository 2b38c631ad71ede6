import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXPORT_FORMATS } from '../../exports/create-exports.ts';
import { didYouMean } from '../../rules/parse-condition.ts';
import { flag, modelOf, text, UsageError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { refusalOf, withServer } from '../with-server.ts';

/** `casement export ENTITY`: records as a file. */
export const exportCommand: Command = {
  name: 'export',
  summary: 'write records as CSV, XLSX or JSON Lines',
  about: `Goes to stdout unless --out names a file. CSV cells that a spreadsheet would run as formulas get an apostrophe before them, which an import takes
off again; JSON Lines are exact. Talks to the running server, if there is one, and stands in the ledger like every export.`,
  operands: ['ENTITY'],
  options: {
    format: { type: 'string', hint: 'NAME', text: 'csv (default), xlsx or jsonl' },
    filter: { type: 'string', hint: 'JSON', text: 'condition: {"city":"Riga"}' },
    sort: { type: 'string', hint: 'FIELDS', text: 'with - for descending: -createdAt,name' },
    fields: { type: 'string', hint: 'FIELDS', text: 'columns: name,company.name (default: every field)' },
    out: { type: 'string', hint: 'FILE', text: 'where to write' },
    raw: { type: 'boolean', text: 'CSV cells as they are, formulas included' },
  },
  async run(call) {
    const path = pathOf(call);
    const out = text(call, 'out');
    await withServer(call, 'export', async (server) => {
      const response = await server.fetch(path);
      if (!response.ok || !response.body) throw await refusalOf(response);
      const body = Readable.fromWeb(response.body as never);
      if (out === undefined) await print(body);
      else await save(body, out);
    });
  },
};

function pathOf(call: Call): string {
  const name = call.operands[0] ?? '';
  const model = modelOf(call);
  const entity = model.entities.get(name) ?? model.byPlural.get(name);
  if (!entity) throw new UsageError(`"${name}" is not an entity.${didYouMean(name, model.entities.keys())}`);
  const format = text(call, 'format') ?? 'csv';
  if (!EXPORT_FORMATS.some((known) => known === format))
    throw new UsageError(`--format is ${EXPORT_FORMATS.join(', ')}.`);
  const query = new URLSearchParams({ format });
  for (const option of ['filter', 'sort', 'fields'] as const) {
    const value = text(call, option);
    if (value !== undefined) query.set(option, value);
  }
  if (flag(call, 'raw')) query.set('raw', 'true');
  return `/api/${entity.plural}/export?${query.toString()}`;
}

/** Whoever reads may have had enough, as `head` has. */
async function print(body: Readable): Promise<void> {
  try {
    await pipeline(body, process.stdout, { end: false });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'EPIPE') throw error;
  }
}

/** A broken export leaves no file that looks whole. */
async function save(body: Readable, out: string): Promise<void> {
  const part = `${out}.part`;
  try {
    await pipeline(body, createWriteStream(part));
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
