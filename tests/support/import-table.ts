import { setTimeout as pause } from 'node:timers/promises';
import type { Caller, Reply } from './http-app.ts';

/** A run as `/imports` shows it. */
export interface Run {
  readonly id: string;
  readonly state: string;
  readonly counts: {
    readonly created: number;
    readonly updated: number;
    readonly skipped: number;
    readonly failed: number;
  };
  readonly batch: string | null;
  readonly message: string | null;
}

export type Content = string | Uint8Array;

/** Uploads a table; answers the reply. */
export function upload(caller: Caller, content: Content, path = '/imports/files'): Promise<Reply> {
  const form = new FormData();
  form.append('file', new Blob([typeof content === 'string' ? content : new Uint8Array(content)]), 'table');
  return caller('POST', path, form);
}

export interface TableToImport {
  readonly entity: string;
  readonly content: Content;
  readonly rest?: Readonly<Record<string, unknown>>;
}

export interface RunOptions {
  readonly plan?: Readonly<Record<string, unknown>>;
  readonly dryRun?: boolean;
  readonly again?: boolean;
}

/** Uploads the tables and starts their run; answers the reply of the start. */
export async function startImport(
  caller: Caller,
  tables: readonly TableToImport[],
  { plan = {}, ...flags }: RunOptions = {},
): Promise<Reply> {
  const planned: unknown[] = [];
  for (const { entity, content, rest = {} } of tables) {
    const file = await upload(caller, content);
    if (file.status !== 201) return file;
    planned.push({ file: file.json['id'], entity, ...rest });
  }
  return caller('POST', '/imports', { plan: { ...plan, tables: planned }, ...flags });
}

/** Waits until a run is over. */
export async function runOver(caller: Caller, id: string): Promise<Run> {
  for (;;) {
    const run = (await caller('GET', `/imports/${id}`)).json as unknown as Run;
    if (run.state !== 'running' && run.state !== 'cancelling') return run;
    await pause(20);
  }
}

/** Imports one table to the end. Throws when it is refused. */
export async function importTable(caller: Caller, table: TableToImport, options: RunOptions = {}): Promise<Run> {
  const started = await startImport(caller, [table], options);
  if (started.status !== 201) throw new Error(`The import was refused: ${started.status} ${started.text}`);
  return runOver(caller, String(started.json['id']));
}

export interface ReportedRow {
  readonly table: number;
  readonly row: number;
  readonly status: string;
  readonly record?: string;
  readonly errors?: readonly { readonly path: string; readonly code: string; readonly message: string }[];
}

export async function reportOf(caller: Caller, id: string, query = ''): Promise<readonly ReportedRow[]> {
  const reply = await caller('GET', `/imports/${id}/report?limit=1000${query}`);
  return reply.json['data'] as readonly ReportedRow[];
}
