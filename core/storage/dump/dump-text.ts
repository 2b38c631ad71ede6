import { createHash } from 'node:crypto';
import type { SqlFragment, Transaction } from '../../context.ts';
import { findCore } from '../../definitions/base-dir.ts';
import { CasementError } from '../../errors.ts';
import { readAppliedTables } from '../applied-tables.ts';
import { hasNotes } from '../notes.ts';
import type { Dialect } from '../sql.ts';
import { id, sql } from '../sql.ts';
import type { TableSpec } from '../table-spec.ts';
import { headerLine, summaryOf } from './format.ts';
import type { DumpHeader, DumpSummary, Report, TableDigest } from './format.ts';
import { readRows } from './read-table.ts';

export interface DumpSource {
  /** A snapshot, so that all of it is of one moment. */
  readonly tx: Transaction;
  readonly dialect: Dialect;
  readonly now: number;
  readonly report?: Report | undefined;
}

/** The whole database as the text of a dump, piece by piece; what it held is answered at the end. */
export async function* dumpText(source: DumpSource): AsyncGenerator<string, DumpSummary> {
  const { tx, dialect, report } = source;
  const header = await readHeader(source);
  const total = Object.values(header.rows).reduce((sum, rows) => sum + rows, 0);
  const whole = createHash('sha256');
  const counted = (text: string) => {
    whole.update(text);
    return text;
  };
  const digests = new Map<string, TableDigest>();
  let done = 0;
  yield counted(headerLine(header));
  for (const table of header.tables) {
    const hash = createHash('sha256');
    let rows = 0;
    yield counted(`${JSON.stringify({ table: table.name })}\n`);
    for await (const lines of readRows(tx, table, dialect)) {
      hash.update(lines.text);
      rows += lines.rows;
      done += lines.rows;
      yield counted(lines.text);
      report?.(table.name, done, total);
    }
    const digest: TableDigest = { rows, sha256: hash.digest('hex') };
    digests.set(table.name, digest);
    yield counted(`${JSON.stringify({ end: table.name, ...digest })}\n`);
  }
  const summary = summaryOf(digests);
  yield `${JSON.stringify({ trailer: whole.digest('hex'), rows: summary.rows, sha256: summary.sha256 })}\n`;
  return summary;
}

async function readHeader({ tx, dialect, now }: DumpSource): Promise<DumpHeader> {
  const tables = targetsFirst(await tablesOfDatabase(tx, dialect));
  const notes = await tx.all<{ key: string; value: string }>(
    sql`select "key", "value" from "_meta" where "key" in ('node', 'modelHash')`,
  );
  const note = (key: string) => notes.find((row) => row.key === key)?.value ?? null;
  const rows: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await tx.all<{ count: number | string }>(sql`select count(*) as "count" from ${id(name)}`);
    rows[name] = Number(row?.count ?? 0);
  }
  return {
    casement: findCore().version,
    modelHash: note('modelHash'),
    node: note('node'),
    createdAt: new Date(now).toISOString(),
    tables,
    rows,
  };
}

/** NOT_FOUND when this is no database of Casement. */
export async function tablesOfDatabase(tx: Transaction, dialect: Dialect): Promise<readonly TableSpec[]> {
  const ask = <Row>(text: SqlFragment) => tx.all<Row>(text);
  const tables = (await hasNotes(ask, dialect)) ? await readAppliedTables(ask) : [];
  if (tables.length === 0) throw new CasementError('NOT_FOUND', 'The database holds no tables of Casement.');
  return tables;
}

/** A row that comes after the one it points to needs no second look. In circles some table has to be first. */
function targetsFirst(tables: readonly TableSpec[]): readonly TableSpec[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const ordered = new Set<TableSpec>();
  const visited = new Set<TableSpec>();
  const visit = (table: TableSpec) => {
    if (visited.has(table)) return;
    visited.add(table);
    for (const key of table.foreignKeys) {
      const target = byName.get(key.target);
      if (target) visit(target);
    }
    ordered.add(table);
  };
  tables.forEach(visit);
  return [...ordered];
}
