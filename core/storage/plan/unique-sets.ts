import type { FoundSchema } from '../introspect.ts';
import { raw } from '../sql.ts';
import { indexesOn, quoted } from '../table-spec.ts';
import type { IndexSpec, TableSpec } from '../table-spec.ts';
import type { Comparing, FieldChange } from './field-changes.ts';
import { counted } from './step.ts';
import type { SchemaStep, Trouble } from './step.ts';

/**
 * A value that must be unique from now on and stands in several live records: listed by example, and answered only by changing the records.
 * Fields whose values change are looked at with their new values, where they are compared.
 */
export async function checkUnique(
  of: Comparing,
  at: { readonly specs: readonly TableSpec[]; readonly found: FoundSchema; readonly changes: readonly FieldChange[] },
): Promise<readonly SchemaStep[]> {
  const steps: SchemaStep[] = [];
  const changed = new Set(at.changes.map(({ field }) => `${field.entity}.${field.key}`));
  for (const spec of at.specs) {
    const table = of.renamed.found.tables.get(spec.name);
    if (!table || spec.name.startsWith('_')) continue;
    for (const index of indexesOn(spec, of.db.dialect)) {
      if (!index.unique || table.indexes.has(index.name)) continue;
      const columns = columnsIn(index, of);
      const isChanged = columns.some((name) => changed.has(`${spec.name}.${name.split('_')[0]}`));
      if (isChanged || columns.some((name) => !table.columns.has(name))) continue;
      const step = await doubleStep(of, spec, { index, columns });
      if (step) steps.push(step);
    }
  }
  return steps;
}

function columnsIn(index: IndexSpec, { db }: Comparing): readonly string[] {
  const parts = index.parts[db.dialect].join(',');
  return [...parts.matchAll(/"([^"]+)"/g)].map((match) => match[1] ?? '');
}

async function doubleStep(
  of: Comparing,
  spec: TableSpec,
  { index, columns }: { index: IndexSpec; columns: readonly string[] },
): Promise<SchemaStep | undefined> {
  const { db, renamed } = of;
  const parts = index.parts[db.dialect];
  const source = `(select "id", "deletedAt", ${columns.map((name) => columnToday(of, spec.name, name)).join(', ')} from ${quoted(renamed.tableOf(spec.name))}) s`;
  const where = `${parts.map((part) => `${part} is not null`).join(' and ')} and ${index.where ?? 'true'}`;
  const groups = `select ${parts.map((part, at) => `${part} as "p${at}"`).join(', ')}, count(*) as "n", min(cast("id" as text)) as "example" from ${source} where ${where} group by ${parts.join(', ')} having count(*) > 1`;
  const rows = await db.read<Readonly<Record<string, unknown>>>(
    raw(`${groups} order by count(*) desc, min(cast("id" as text)) limit 21`),
  );
  if (rows.length === 0) return undefined;
  const keys = [...new Set(columns.map((name) => name.split('_')[0]))].join(', ');
  return {
    kind: 'createIndex',
    table: spec.name,
    sql: [],
    safety: 'needs data',
    text: `${spec.name} must be unique by ${keys}, and ${counted(rows.length, 'value stands', 'values stand')} in more than one record: ${rows
      .slice(0, 5)
      .map((row) => `"${valueOf(row, parts.length)}" ×${String(row['n'])}`)
      .join(', ')}. Change these records first`,
    trouble: troubleOf(rows, parts.length),
    options: [],
  };
}

function columnToday({ renamed, model }: Comparing, entity: string, column: string): string {
  const [head = '', ...rest] = column.split('_');
  const target =
    model.field(entity, head)?.reference && rest.length > 0 ? renamed.tableOf(rest.join('_')) : rest.join('_');
  const today = [renamed.keyOf(entity, head), ...(rest.length > 0 ? [target] : [])].join('_');
  return `${quoted(today)} as ${quoted(column)}`;
}

function valueOf(row: Readonly<Record<string, unknown>>, parts: number): string {
  return Array.from({ length: parts }, (_, at) => String(row[`p${at}`])).join(' + ');
}

function troubleOf(rows: readonly Readonly<Record<string, unknown>>[], parts: number): Trouble {
  const values = rows.slice(0, 20).map((row) => ({ value: valueOf(row, parts), count: Number(row['n']) }));
  return {
    count: values.reduce((sum, { count }) => sum + count, 0),
    examples: rows.slice(0, 5).map((row) => ({ id: String(row['example']), value: valueOf(row, parts) })),
    values,
  };
}
