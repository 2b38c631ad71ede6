import type { Field } from '../definitions/model.ts';
import type { ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import { parseEnv } from './environment.ts';
import { pointer } from './draft.ts';
import { targetsOf } from './ledger.ts';
import { loadRow } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

/**
 * Computed fields of a record, in the order they depend on each other. A to-one reference gives its values as they are at this moment:
 * an old quote keeps its price when the price list changes. `only`: these alone, the others as they stand.
 */
export async function computeFields(
  scope: WriteScope,
  record: RecordData,
  only?: ReadonlySet<string>,
): Promise<{ values: Record<string, Value>; errors: ErrorDetail[] }> {
  const values: Record<string, Value> = {};
  const errors: ErrorDetail[] = [];
  const keys = scope.entity.computedOrder.filter((key) => only?.has(key) ?? true);
  const fields = keys.map((key) => scope.entity.fields.get(key)!);
  if (fields.length === 0) return { values, errors };
  const targets = await loadTargets(scope, fields, record);
  const env = parseEnv(scope.organisation, record);
  for (const field of fields) {
    try {
      const result = field.computed!.evaluate({ ...record, ...values, ...targets });
      values[field.key] =
        result === null || result === undefined
          ? null
          : field.type.parse(rounded(field, result, env.currency), field, env);
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      errors.push({ path: pointer(field.key), code: error.code, message: error.message, params: error.params });
    }
  }
  return { values, errors };
}

/** Rounding happens only at the field, half away from zero. */
function rounded(field: Field, value: unknown, currency: string): unknown {
  return field.type.round ? field.type.round(value, field, { currency }) : value;
}

/** The records behind the references that expressions look through, whole and as the system sees them. */
async function loadTargets(scope: WriteScope, fields: readonly Field[], record: RecordData): Promise<RecordData> {
  const keys = new Set(
    fields.flatMap((field) =>
      (field.computed?.reads ?? []).filter((path) => path.includes('.')).map((path) => path.split('.')[0]!),
    ),
  );
  const targets: Record<string, Value> = {};
  for (const key of keys) {
    const field = scope.entity.fields.get(key);
    const [target] = targetsOf(record[key] ?? null, field?.reference?.to ?? []);
    const row =
      target &&
      (await loadRow({ ...scope, entity: scope.model.entity(target.entity) }, target.record, { rows: ALWAYS }));
    targets[key] = row ?? null;
  }
  return targets;
}
