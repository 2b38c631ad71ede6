import type { Field } from '../../definitions/model.ts';
import { CasementError } from '../../errors.ts';
import { FieldError } from '../../fields/field-type.ts';
import type { Value } from '../../fields/field-type.ts';
import { sql } from '../sql.ts';
import type { Comparing } from './field-changes.ts';
import { isEmpty, typed } from './work-value.ts';

/** BAD_REQUEST, before anything is changed, for a value that the field would not take: no such option, no such day, no such record. */
export async function checkAnswer(
  of: Pick<Comparing, 'db' | 'env' | 'renamed'>,
  field: Field,
  { option, value }: { readonly option: string; readonly value: string },
): Promise<void> {
  const refuse = (why: string) => new CasementError('BAD_REQUEST', `Nothing was changed. ${option}: ${why}`);
  const parsed = parse(field, value, { of, refuse });
  if (isEmpty(parsed)) throw refuse('An empty value fills nothing.');
  for (const { entity, id } of targetsOf(field, parsed)) {
    if (!of.renamed.found.tables.has(entity)) throw refuse(`There is no ${entity} yet.`);
    const table = sql.id(of.renamed.tableOf(entity));
    const rows = await of.db.read(sql`select "id" from ${table} where "id" = ${id} and "deletedAt" is null`);
    if (rows.length === 0) throw refuse(`There is no ${entity} ${id}.`);
  }
}

function parse(
  field: Field,
  value: string,
  { of, refuse }: { of: Pick<Comparing, 'env'>; refuse: (why: string) => CasementError },
): Value {
  try {
    return typed(value, field, of.env);
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    throw refuse(error.message);
  }
}

function targetsOf({ reference }: Field, value: Value): readonly { readonly entity: string; readonly id: string }[] {
  if (!reference) return [];
  return (Array.isArray(value) ? value : [value]).map((target: Value) =>
    target !== null && typeof target === 'object' && 'id' in target
      ? { entity: String(target['entity']), id: String(target['id']) }
      : { entity: reference.to[0] ?? '', id: String(target) },
  );
}
