import type { UiModel } from '../../../model/model.ts';
import { viewColumns } from '../../list/columns.ts';
import type {
  Condition,
  ModelEntity,
  ModelField,
  ModelList,
  ModelView,
  RecordData,
  Value,
} from '../../../model/types.ts';

/** Kinds of record that the timeline and its tools already show. */
const TOLD: ReadonlySet<string> = new Set(['activity', 'task']);

const backField = (model: UiModel, list: ModelList): ModelField | undefined => model.field(list.entity, list.field);

/**
 * Lists whose records are parts of this entity: they live by its rights and point to nothing else. They are edited in place;
 * all others are records of their own.
 */
export const isPartList = (model: UiModel, list: ModelList): boolean =>
  model.findEntity(list.entity)?.accessVia === list.field && backField(model, list)?.reference?.to.length === 1;

export const partLists = (model: UiModel, entity: ModelEntity): readonly ModelList[] =>
  entity.lists.filter((list) => isPartList(model, list));

/** The lists a card shows, parts first; what the timeline tells is left to it. */
export function shownLists(model: UiModel, entity: ModelEntity): readonly ModelList[] {
  const isTold = (list: ModelList): boolean =>
    TOLD.has(list.entity) &&
    backField(model, list)?.reference?.to.includes(entity.name) === true &&
    list.field === 'about';
  const seen = entity.lists.filter((list) => model.findEntity(list.entity) && !isTold(list));
  return [...seen.filter((list) => isPartList(model, list)), ...seen.filter((list) => !isPartList(model, list))];
}

/** The list view of an entity: one written by hand without a filter of its own, else the usual one. */
export function listViewOf(model: UiModel, entity: string): ModelView | undefined {
  const usual = `${entity}List`;
  return (
    model.views.find((view) => view.entity === entity && view.kind === 'list' && view.name !== usual && !view.filter) ??
    model.view(usual)
  );
}

/** The columns of a list on a card: those of its view, without the way back to the card. */
export function listFields(model: UiModel, list: ModelList): readonly ModelField[] {
  const view = listViewOf(model, list.entity);
  const entity = model.findEntity(list.entity);
  const keys = view && entity ? viewColumns(entity, view) : [];
  return keys.filter((key) => key !== list.field).flatMap((key) => model.field(list.entity, key) ?? []);
}

/** What the form of a new child asks for where its record is known already: the form view without the way back. */
export function childFormFields(model: UiModel, of: string, back: string): readonly string[] {
  const view = model.formView(of);
  const keys = [...(view?.groups ?? []).flatMap((group) => group.fields), ...(view?.fields ?? [])];
  const all = keys.length > 0 ? keys : model.entity(of).fields.map((field) => field.key);
  return [...new Set(all)].filter((key) => {
    const field = model.field(of, key);
    return key !== back && field && !field.system && !field.readOnly && !field.computed;
  });
}

/** How a child points back to its record, in the spelling of the API. */
export function backReference(
  model: UiModel,
  list: ModelList,
  owner: { readonly entity: string; readonly id: string },
): Value {
  const reference = backField(model, list)?.reference;
  if (reference?.many) return [owner.id];
  return (reference?.to.length ?? 0) > 1 ? { entity: owner.entity, id: owner.id } : owner.id;
}

export function childFilter(
  model: UiModel,
  list: ModelList,
  owner: { readonly entity: string; readonly id: string },
): Condition {
  const reference = backField(model, list)?.reference;
  if (reference?.many) return { [list.field]: { some: { id: owner.id } } };
  return { [list.field]: { eq: backReference(model, list, owner) } };
}

/** The column whose sum means something: the amount that is counted last, else the last sum of money. A unit price is neither. */
export function sumField(fields: readonly ModelField[]): ModelField | undefined {
  const money = fields.filter((field) => field.type === 'money');
  return money.findLast((field) => field.computed) ?? money.at(-1);
}

/** The exact sum of decimals written as text; empty ones count as nothing. */
export function sumOf(records: readonly RecordData[], key: string): string {
  let scale = 0;
  const figures = records.flatMap((record) => {
    const value = record[key];
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string' || !/^-?\d+(\.\d+)?$/.test(text)) return [];
    scale = Math.max(scale, text.split('.')[1]?.length ?? 0);
    return [text];
  });
  const units = figures.reduce((sum, text) => {
    const [whole = '0', part = ''] = text.split('.');
    return sum + BigInt(whole + part.padEnd(scale, '0'));
  }, 0n);
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
