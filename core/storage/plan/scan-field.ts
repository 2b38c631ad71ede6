import type { ConvertEnv } from '../../fields/convert.ts';
import { FieldError } from '../../fields/field-type.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import type { Entity, Field } from '../../definitions/model.ts';
import { ALWAYS } from '../../rules/condition.ts';
import type { Condition } from '../../rules/condition.ts';
import type { Database } from '../database.ts';
import { selectRows } from '../select.ts';
import type { FieldWork, Trouble } from './step.ts';
import { isEmpty, textOfValue, workedValue } from './work-value.ts';

/** Reads only: a database, or a transaction in its place. */
export type PlanReader = Pick<Database, 'dialect' | 'read'>;

export interface FieldScan {
  /** The entity by today's name; its fields are not looked at, but for `id` and `deletedAt`. */
  readonly entity: Entity;
  /** The field as its values stand in the database. */
  readonly stored: Field;
  /** The field as it should be. */
  readonly field: Field;
  readonly work: FieldWork;
  readonly env: ConvertEnv;
  /** A stored value with the names of today's definitions: of entities and of options. */
  rename(value: Value): Value;
}

export interface ScanResult {
  /** Records that have a value. */
  readonly filled: number;
  /** Values that become others or are stored anew. */
  readonly changed: number;
  /** Values of which something goes. */
  readonly lossy: number;
  /** Values that have no place in the field. */
  readonly refused: Trouble;
  /** Why, in the words of the field. */
  readonly reasons: ReadonlySet<string>;
  /** Values several live records would share; looked for where the field is unique. */
  readonly doubles: Trouble;
  /** Records whose value would be empty though the field is required. */
  readonly emptied: number;
}

const AT_ONCE = 2000;
const MOST_EXAMPLES = 5;
const MOST_VALUES = 20;

/** Plays a field's work on every stored value, writing nothing. */
export async function scanField(db: PlanReader, scan: FieldScan): Promise<ScanResult> {
  const tally = createTally();
  let after = '';
  for (;;) {
    const rows = await page(db, scan, after);
    for (const row of rows) countRow(tally, scan, row);
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) break;
    after = String(last['id']);
  }
  return {
    filled: tally.filled,
    changed: tally.changed,
    lossy: tally.lossy,
    reasons: tally.reasons,
    emptied: tally.emptied,
    refused: troubleOf(tally.refused),
    doubles: troubleOf([...tally.seen.values()].filter((all) => all.length > 1).flat()),
  };
}

interface Example {
  readonly id: string;
  readonly value: string;
}

function createTally() {
  return {
    filled: 0,
    changed: 0,
    lossy: 0,
    emptied: 0,
    refused: [] as Example[],
    reasons: new Set<string>(),
    seen: new Map<string, Example[]>(),
  };
}

async function page(db: PlanReader, scan: FieldScan, after: string): Promise<readonly RecordData[]> {
  const { entity, stored, env } = scan;
  const [id, deletedAt] = [entity.fields.get('id')!, entity.fields.get('deletedAt')!];
  const path = { entity: entity.name, hops: [], field: id };
  const where: Condition =
    after === '' ? ALWAYS : { kind: 'compare', path, op: 'gt', operand: { kind: 'value', value: after } };
  const rows = await selectRows(
    { all: (fragment) => db.read(fragment) },
    {
      projection: {
        entity,
        fields: [{ field: id }, { field: deletedAt }, { field: stored }],
        references: new Map(),
        lists: new Map(),
      },
      where,
      sort: [{ path, descending: false }],
      limit: AT_ONCE,
      deleted: 'with',
      env: { me: null, teamMates: [], now: 0, parse: env },
    },
    db.dialect,
  );
  return rows.map(({ json }) => JSON.parse(json) as RecordData);
}

function countRow(tally: ReturnType<typeof createTally>, scan: FieldScan, row: RecordData): void {
  const before = scan.rename(row[scan.stored.key] ?? null);
  const id = String(row['id']);
  if (!isEmpty(before)) tally.filled += 1;
  try {
    const { value, isLossy } = workedValue(before, scan);
    if (isLossy) tally.lossy += 1;
    if (isChanged(before, value, scan.work)) tally.changed += 1;
    if (isEmpty(value) && !isEmpty(before)) tally.emptied += 1;
    if (scan.field.unique && !isEmpty(value) && row['deletedAt'] === null)
      countDouble(tally, scan.field, { id, value });
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    tally.reasons.add(error.code);
    for (const value of refusedParts(before, scan)) tally.refused.push({ id, value });
  }
}

function isChanged(before: Value, value: Value, { old }: FieldWork): boolean {
  if (isEmpty(before)) return false;
  return old !== undefined || textOfValue(value) !== textOfValue(before);
}

function countDouble(
  tally: ReturnType<typeof createTally>,
  field: Field,
  { id, value }: { id: string; value: Value },
): void {
  const key = String(field.type.comparable(value, field, field.type.match?.eq ?? ''));
  const known = tally.seen.get(key) ?? [];
  tally.seen.set(key, known);
  known.push({ id, value: textOfValue(value) });
}

/** Of a list only what the field does not take. */
function refusedParts(value: Value, scan: FieldScan): readonly string[] {
  if (!Array.isArray(value) || scan.work.old) return [textOfValue(value)];
  const refused = value.filter((item: Value) => isRefused([item], scan));
  return (refused.length > 0 ? refused : value).map((item: Value) => textOfValue(item));
}

function isRefused(value: Value, scan: FieldScan): boolean {
  try {
    workedValue(value, scan);
    return false;
  } catch {
    return true;
  }
}

function troubleOf(all: readonly Example[]): Trouble {
  const counts = new Map<string, number>();
  for (const { value } of all) counts.set(value, (counts.get(value) ?? 0) + 1);
  const values = [...counts].map(([value, count]) => ({ value, count }));
  values.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return {
    count: new Set(all.map(({ id }) => id)).size,
    examples: all.slice(0, MOST_EXAMPLES),
    values: values.slice(0, MOST_VALUES),
  };
}
