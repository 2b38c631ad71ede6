import type { Access } from '../access/access.ts';
import { isAlways } from '../access/combine.ts';
import type { Principal } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';

/** A named event such as `mail.sent`, not a change of fields. */
export function isEvent(kind: string): boolean {
  return kind.includes('.');
}

/** Log-ins, passwords and keys of a person are for himself and for those who look after users; every other event follows its record. */
export function maySeeEvent(
  access: Access,
  principal: Principal,
  change: { readonly entity: string; readonly record: string; readonly kind: string },
): boolean {
  if (change.entity !== 'user' || !isEvent(change.kind)) return true;
  return change.record === principal.id || access.operation('users');
}

/**
 * What an event tells is no field, so no role hides it; yet an e-mail address in it came from some field. It is for those from whom no
 * e-mail field is hidden.
 */
export function mayHear(model: Model, access: Access, value: Value): boolean {
  if (typeof value !== 'string' || !/\S@\S/.test(value)) return true;
  const fields = [...model.entities.values()].flatMap((entity) => [...entity.fields.values()]);
  return fields
    .filter(({ type }) => type.name === 'email')
    .every(({ entity, key }) => isAlways(access.readable(entity, key)));
}
