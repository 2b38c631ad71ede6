import { compileExpression } from '../rules/compile-expression.ts';
import { ALWAYS } from '../rules/condition.ts';
import { parseCondition } from '../rules/parse-condition.ts';
import { FieldError, type FieldSpec, type Value } from '../fields/field-type.ts';
import { parseDuration } from '../rules/duration.ts';
import { hint, isObject, quote } from './check-schema.ts';
import { attempt, below, findField, type At, type Draft, type EntityDraft, type Linking } from './linking.ts';
import type { RollupDoc } from './documents.ts';
import type { MergedEntity, MergedProperty } from './merge-entities.ts';
import type { Field, Rollup } from './model.ts';

interface Source {
  readonly entity: EntityDraft;
  readonly field: Draft<Field>;
  readonly property: MergedProperty;
}

/** Where values come from by themselves: defaults, rollups, computed fields and the order these are worked out in. */
export function linkSources(linking: Linking, merged: readonly MergedEntity[]): void {
  const sources = merged.flatMap((one) => sourcesOf(linking, one));
  for (const source of sources) linkDefault(linking, source);
  for (const source of sources) linkRollup(linking, source);
  for (const source of sources) linkComputed(linking, source);
}

function sourcesOf(linking: Linking, merged: MergedEntity): Source[] {
  const entity = linking.entities.get(merged.name);
  return [...merged.properties.values()].flatMap((property) => {
    const field = entity?.fields.get(property.key);
    return entity && field ? [{ entity, field, property }] : [];
  });
}

function linkDefault(linking: Linking, { field, property }: Source): void {
  if (property.doc.default === undefined) return;
  const at = below(property.at, '/default');
  const tell = (message: string): void => linking.errors.add(at.file, at.pointer, message);
  const value = property.doc.default;
  const kind = field.type.columns(field)[0]?.kind;
  if (value === '$me') {
    if (field.reference?.to.join() === 'user') field.default = value;
    else tell('"$me" is a user, so only a reference to a user can start with it.');
  } else if (isObject(value) && ('$now' in value || '$date' in value)) {
    const key = '$now' in value ? '$now' : '$date';
    if (kind !== (key === '$now' ? 'instant' : 'date'))
      tell(`Only a ${key === '$now' ? 'dateTime' : 'date'} can start with {"${key}": …}.`);
    else if (Object.keys(value).length > 1 || !isDuration(value[key]))
      tell(`Write {"${key}": "0d"} with a duration such as 0d, 2h or 14d.`);
    else field.default = { [key]: String(value[key]) };
  } else {
    const parsed = parseLiteral(field, value);
    if (parsed.message === undefined) field.default = parsed.value;
    else tell(`${quote(value)} cannot be the default: ${parsed.message}`);
  }
}

function isDuration(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    parseDuration(value);
    return true;
  } catch {
    return false;
  }
}

/** A literal as the field takes it, or why it does not. */
export function parseLiteral(field: Field, value: unknown): { readonly value: Value; readonly message?: string } {
  try {
    return { value: value === null || value === '' ? null : field.type.parse(value, field, { currency: 'EUR' }) };
  } catch (error) {
    if (!(error instanceof FieldError)) throw error;
    return { value: null, message: error.message };
  }
}

const AGGREGATES = ['sum', 'min', 'max', 'avg', 'count'] as const;

function linkRollup(linking: Linking, { entity, field, property }: Source): void {
  const doc = property.doc['x-field']?.rollup;
  if (!doc) return;
  const at = below(property.at, '/x-field/rollup');
  const list = entity.lists.get(doc.of);
  if (!list) {
    linking.errors.add(
      at.file,
      `${at.pointer}/of`,
      `${entity.name} has no list "${doc.of}"${hint(doc.of, entity.lists.keys())} A list is made by the "inverse" of a reference to it.`,
    );
    return;
  }
  const aggregates = AGGREGATES.filter((name) => doc[name] !== undefined);
  const [aggregate] = aggregates;
  if (aggregate === undefined || aggregates.length > 1) {
    linking.errors.add(at.file, at.pointer, 'Name exactly one of sum, min, max, avg or count.');
    return;
  }
  const child = linking.entities.get(list.entity);
  if (child && aggregate !== 'count')
    checkRolled(linking, { child, field, key: String(doc[aggregate]), aggregate, at });
  const where =
    child && attempt(linking, below(at, '/where'), () => parseCondition(doc.where, child.name, linking.lookup));
  field.rollup = { of: list, aggregate, where: where ?? ALWAYS, ...rolledField(doc, aggregate) };
}

function rolledField(doc: RollupDoc, aggregate: Rollup['aggregate']): { field?: string } {
  return aggregate === 'count' ? {} : { field: String(doc[aggregate]) };
}

interface Rolled {
  readonly child: EntityDraft;
  readonly field: Field;
  readonly key: string;
  readonly aggregate: Rollup['aggregate'];
  readonly at: At;
}

function checkRolled(linking: Linking, { child, field, key, aggregate, at }: Rolled): void {
  const place = below(at, `/${aggregate}`);
  const rolled = findField(linking, child, key, place);
  if (!rolled) return;
  const tell = (message: string): void => linking.errors.add(place.file, place.pointer, message);
  if ((aggregate === 'sum' || aggregate === 'avg') && !isNumeric(rolled))
    tell(`${child.name}.${key} is a ${rolled.type.name}: only numbers, decimals and money have a ${aggregate}.`);
  else if (aggregate !== 'avg' && rolled.type !== field.type)
    tell(
      `${child.name}.${key} is a ${rolled.type.name}, but "${field.key}" is a ${field.type.name}. Make them the same type.`,
    );
}

/** True for fields that can be summed. */
export function isNumeric(field: FieldSpec): boolean {
  const kind = field.type.columns(field)[0]?.kind;
  return kind === 'integer' || kind === 'scaled' || kind === 'double';
}

/** True for dates and instants. */
export function isTemporal(field: FieldSpec): boolean {
  const kind = field.type.columns(field)[0]?.kind;
  return kind === 'date' || kind === 'instant';
}

function linkComputed(linking: Linking, { entity, field, property }: Source): void {
  const source = property.doc['x-field']?.computed;
  if (source === undefined) return;
  const at = below(property.at, '/x-field/computed');
  const expression = attempt(linking, at, () =>
    compileExpression(source, { kind: 'computed', entity: entity.name, lookup: linking.lookup }),
  );
  if (expression) field.computed = expression;
}
