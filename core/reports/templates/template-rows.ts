import type { Transaction } from '../../context.ts';
import { sql } from '../../storage/sql.ts';
import type { SavedRequest, Schedule } from './types.ts';

/** A row of `_report_templates`. */
export interface TemplateRow {
  readonly id: string;
  readonly report: string;
  readonly title: string;
  readonly user: string;
  readonly isShared: boolean;
  readonly request: SavedRequest;
  readonly schedule: Schedule | null;
  /** Milliseconds. */
  readonly nextAt: number | null;
  readonly stopped: string | null;
  readonly version: number;
}

interface Stored {
  readonly id: string;
  readonly report: string;
  readonly title: string;
  readonly user: string;
  readonly shared: string | number;
  readonly request: string;
  readonly schedule: string | null;
  readonly nextAt: string | number | null;
  readonly stopped: string | null;
  readonly version: string | number;
}

type Reader = Pick<Transaction, 'all'>;

/** A person's own and what others share, by title. */
export async function listTemplates(
  reader: Reader,
  of: { readonly report: string; readonly user: string | null },
): Promise<readonly TemplateRow[]> {
  const rows = await reader.all<Stored>(sql`select * from "_report_templates"
    where "report" = ${of.report} and ("shared" = 1 or "user" = ${of.user ?? ''}) order by "title", "id"`);
  return rows.map(rowOf);
}

export async function findTemplate(reader: Reader, id: string): Promise<TemplateRow | undefined> {
  const [row] = await reader.all<Stored>(sql`select * from "_report_templates" where "id" = ${id}`);
  return row && rowOf(row);
}

export async function countTemplates(reader: Reader, user: string): Promise<number> {
  const [row] = await reader.all<{ count: string | number }>(
    sql`select count(*) as "count" from "_report_templates" where "user" = ${user}`,
  );
  return Number(row?.count ?? 0);
}

/** Puts a row there, or in place of the one of its id. */
export async function saveTemplate(tx: Transaction, row: TemplateRow): Promise<void> {
  await deleteTemplate(tx, row.id);
  const schedule = row.schedule === null ? null : JSON.stringify(row.schedule);
  await tx.run(sql`insert into "_report_templates"
      ("id", "report", "title", "user", "shared", "request", "schedule", "nextAt", "stopped", "version")
    values (${row.id}, ${row.report}, ${row.title}, ${row.user}, ${row.isShared ? 1 : 0}, ${JSON.stringify(row.request)},
      ${schedule}, ${row.nextAt}, ${row.stopped}, ${row.version})`);
}

export async function deleteTemplate(tx: Transaction, id: string): Promise<void> {
  await tx.run(sql`delete from "_report_templates" where "id" = ${id}`);
}

function rowOf(row: Stored): TemplateRow {
  const { shared, request, schedule, nextAt, version, ...rest } = row;
  return {
    ...rest,
    isShared: Number(shared) === 1,
    request: JSON.parse(request) as SavedRequest,
    schedule: schedule === null ? null : (JSON.parse(schedule) as Schedule),
    nextAt: nextAt === null ? null : Number(nextAt),
    version: Number(version),
  };
}
