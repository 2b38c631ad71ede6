import { isNever } from '../access/combine.ts';
import type { Field } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isPolymorphic } from '../fields/reference.ts';
import { isId, readId } from '../fields/uuid.ts';
import { visibleRecords } from './check.ts';
import { targetsOf } from './ledger.ts';
import type { WriteScope } from './write-scope.ts';

/**
 * A reference to several entities takes a plain id, too: ids are unique across entities, so the record that has it tells its entity. The
 * answer names it: `{entity, id}`. Only records the caller may see are found; what none has stays as it was and is refused by the parse.
 */
export async function nameTargets(
  scope: WriteScope,
  input: Readonly<Record<string, unknown>>,
  current: RecordData | null,
): Promise<Readonly<Record<string, unknown>>> {
  const named: Record<string, unknown> = { ...input };
  for (const [key, value] of Object.entries(input)) {
    const field = scope.entity.fields.get(key);
    if (!field || !isPolymorphic(field) || !isId(value)) continue;
    named[key] = await namedTarget(scope, field, { id: readId(value), current: current?.[key] ?? null });
  }
  return named;
}

async function namedTarget(scope: WriteScope, field: Field, of: { id: string; current: Value }): Promise<unknown> {
  const { id, current } = of;
  const to = field.reference?.to ?? [];
  // Who sends back the id that stands there changes nothing, whether he sees its record or not.
  if (targetsOf(current, to).some((target) => target.record === id)) return current;
  const found: string[] = [];
  for (const entity of to) {
    if (!scope.model.entities.has(entity)) continue;
    const rows = scope.access.rows(entity, 'read');
    if (!isNever(rows) && (await visibleRecords(scope, { entity, rows }, [id])).length > 0) found.push(entity);
  }
  const [entity, ...others] = found;
  if (entity === undefined) return id;
  return others.length > 0 ? { id } : { entity, id };
}
