import { CasementError, validationError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { ListPath } from '../rules/condition.ts';
import { pointer } from './draft.ts';
import type { WriteScope } from './write-scope.ts';

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

/** A record to be made. */
export interface NewRecord {
  /** As the caller sent it: an object, or an error. */
  readonly input: unknown;
  /** Values settled by the write itself, such as the parent of a child: no question of rights. */
  readonly fixed: RecordData;
  /** Where it stands in what the caller sent, before the places of its errors: `/3`, `/lines/0`; '' when it was sent alone. */
  readonly at: string;
}

/** The children given in one list of one parent, as records to be made. Errors of a child point into the parent's input. */
export function childrenOf(of: {
  readonly list: GivenList;
  readonly parent: { readonly entity: string; readonly id: string };
  readonly at: string;
}): readonly NewRecord[] {
  const { list, items } = of.list;
  const fixed = { [list.field.key]: backReference(list, of.parent) };
  return items.map((input, index) => ({ input, fixed, at: `${of.at}${pointer(list.key)}/${index}` }));
}

function backReference({ field }: ListPath, parent: { readonly entity: string; readonly id: string }): Value {
  if (field.reference?.many) return [parent.id];
  return (field.reference?.to.length ?? 1) > 1 ? { ...parent } : parent.id;
}

/** Errors of the work get their place in what the caller sent. */
export async function underPath<T>(at: string, work: () => Promise<T>): Promise<T> {
  if (at === '') return work();
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CasementError) || error.errors.length === 0) throw error;
    const errors = error.errors.map((detail) => ({ ...detail, path: at + detail.path }));
    throw new CasementError(error.code, error.message, {
      errors,
      extra: error.extra,
      cause: error,
      status: error.status,
    });
  }
}
