import type { Transaction } from '../context.ts';
import type { Field, Model } from '../definitions/model.ts';
import type { FieldSpec, Value } from '../fields/field-type.ts';
import { columnOf } from './columns.ts';
import { childRows, createScope } from './compile-condition.ts';
import { column, fieldValue } from './compile-path.ts';
import { countMeasure, fieldMeasure, measuredSuffix } from './measure.ts';
import { rescale, scaledText } from './number-text.ts';
import type { ConditionEnv } from './query.ts';
import { raw, sql } from './sql.ts';

/** Nobody asks: a rollup is the same for everybody and at every time. */
const NOBODY: ConditionEnv = { me: null, teamMates: [], now: 0, parse: { currency: 'EUR' } };

/** The figure over the live children of one record, in the canonical form of the rollup's field. The caller has locked the record. Throws FieldError. */
export async function computeRollup(
  tx: Transaction,
  field: Field,
  of: { readonly id: string; readonly model: Model },
): Promise<Value> {
  const { rollup } = field;
  if (!rollup) throw new Error(`"${field.key}" is no rollup.`);
  const scope = createScope(NOBODY);
  const child = scope.alias();
  const found = childRows(scope, { list: rollup.of, owner: field.entity }, { child, parent: raw('parent') });
  const source = rollup.field === undefined ? undefined : of.model.field(rollup.of.entity, rollup.field);
  const measure =
    rollup.aggregate === 'count' || !source
      ? countMeasure()
      : fieldMeasure(rollup.aggregate, source, fieldValue(child, source, measuredSuffix(source)));
  const [row] = await tx.all<{ figure: unknown; filled: unknown }>(sql`
    select ${measure.figure} as "figure", ${measure.filled} as "filled"
    from (select ${sql.byDialect({ sqlite: () => sql`${of.id}`, postgres: () => sql`${of.id}::uuid` })} as "id") parent, ${found.from}
    where ${found.where} and ${column(child, 'deletedAt')} is null and ${scope.holds(rollup.where, child)}`);
  const value = inFormOf(field, source, measure.read(row?.figure ?? null, row?.filled ?? 0));
  // A sum may be larger than any of the amounts, and than what can be stored.
  return value === null ? null : field.type.parse(value, field, NOBODY.parse);
}

/** A sum of amounts with other digits than the rollup's own: rounded to these. */
function inFormOf(field: Field, source: FieldSpec | undefined, value: Value): Value {
  const own = columnOf(field);
  if (own.kind !== 'scaled' || value === null) return value;
  const given = source ? columnOf(source) : undefined;
  const from = given?.kind === 'scaled' ? (given.scale ?? 0) : 0;
  const units = BigInt(String(value).replace('.', ''));
  return scaledText(rescale(units, { from, to: own.scale ?? 0 }), own.scale ?? 0);
}
