import { CasementError, validationError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { ListPath } from '../rules/condition.ts';
import { pointer } from './draft.ts';
import type { WriteScope } from './write-scope.ts';
import { scopeOf } from './write-scope.ts';

/** Records given in a child list of a new record: `{"lines": [{…}, {…}]}`. */
export interface GivenList {
  readonly list: ListPath;
  readonly items: readonly unknown[];
}

/** The record's own values apart from the children given with it. */
export function splitChildren(
  scope: WriteScope,
  input: Readonly<Record<string, unknown>>,
): { own: Readonly<Record<string, unknown>>; children: readonly GivenList[] } {
  const own: Record<string, unknown> = {};
  const children: GivenList[] = [];
  for (const [key, value] of Object.entries(input)) {
    const list = scope.entity.fields.has(key) ? undefined : scope.access.lookup.list(scope.entity.name, key);
    if (!list) own[key] = value;
    else if (Array.isArray(value)) children.push({ list, items: value });
    else throw validationError([{ path: pointer(key), code: 'type', message: `"${key}" takes a list of records.` }]);
  }
  return { own, children };
}

/** What makes one child: its input, and the reference to its parent, which is no question of rights. */
type Make = (scope: WriteScope, input: Readonly<Record<string, unknown>>, fixed: RecordData) => Promise<unknown>;

/** Makes the children through the one write. Errors of a child point into the parent's input. */
export async function createChildren(
  scope: WriteScope,
  of: { readonly parent: string; readonly lists: readonly GivenList[] },
  make: Make,
): Promise<void> {
  for (const { list, items } of of.lists) {
    const fixed = { [list.field.key]: backReference(list, { entity: scope.entity.name, id: of.parent }) };
    for (const [index, item] of items.entries()) {
      const path = `${pointer(list.key)}/${index}`;
      if (typeof item !== 'object' || item === null || Array.isArray(item)) {
        throw validationError([{ path, code: 'type', message: 'A record must be an object.' }]);
      }
      const input = item as Readonly<Record<string, unknown>>;
      await under(path, () => make(scopeOf(scope.deps, scope.ctx, list.entity), input, fixed));
    }
  }
}

function backReference({ field }: ListPath, parent: { readonly entity: string; readonly id: string }): Value {
  if (field.reference?.many) return [parent.id];
  return (field.reference?.to.length ?? 1) > 1 ? { ...parent } : parent.id;
}

async function under<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CasementError) || error.errors.length === 0) throw error;
    const errors = error.errors.map((detail) => ({ ...detail, path: path + detail.path }));
    throw new CasementError(error.code, error.message, { errors, cause: error, status: error.status });
  }
}
