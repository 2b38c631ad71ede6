import { inferFieldType } from '../fields/registry.ts';
import { hint, quote } from './check-schema.ts';
import { findDuplicates, humanise } from './keys.ts';
import { below, type Draft } from './linking.ts';
import type { ErrorSink } from './definition-errors.ts';
import type { SlowChecks } from './slow-checks.ts';
import type { PropertyDoc } from './documents.ts';
import type { Field } from './model.ts';
import type { MergedProperty } from './merge-entities.ts';
import type { FieldType, Reference } from '../fields/field-type.ts';

/** What a property needs to become a field. */
export interface FieldLinking {
  readonly fieldTypes: ReadonlyMap<string, FieldType>;
  readonly errors: ErrorSink;
  readonly slow: SlowChecks;
  readonly roleNames: readonly string[];
  readonly entity: string;
}

const MULTILINE_LENGTH = 10_000;

/**
 * The field of a property, without what needs other entities (lists, expressions, rollups), which comes later.
 * A property whose type cannot be told is reported and gives none.
 */
export function linkField(linking: FieldLinking, property: MergedProperty): Draft<Field> | undefined {
  const { doc, key } = property;
  const type = findType(linking, property);
  if (!type) return undefined;
  const extra = doc['x-field'] ?? {};
  const options = optionsOf(linking, property, type);
  checkFacts(linking, property, type);
  const maxLength = doc.maxLength ?? (extra.multiline === true ? MULTILINE_LENGTH : undefined);
  return {
    key,
    type,
    entity: linking.entity,
    package: property.package,
    title: doc.title ?? humanise(key),
    required: property.required,
    system: false,
    readOnly:
      doc.readOnly === true || extra.computed !== undefined || extra.rollup !== undefined || type.name === 'sequence',
    unique: extra.unique === true,
    multiline: extra.multiline === true,
    optionTitles: Object.fromEntries(
      (options ?? []).map((option) => [option, extra.titles?.[option] ?? humanise(option)]),
    ),
    schema: { ...doc },
    ...defined({
      options,
      maxLength,
      minLength: doc.minLength,
      minimum: doc.minimum,
      maximum: doc.maximum,
      pattern: doc.pattern,
    }),
    ...defined({ scale: extra.scale, currency: extra.currency, sequence: extra.pattern, reference: referenceOf(doc) }),
    ...defined({ help: doc.description, was: doc['x-was'], optionsWere: extra['x-was'] }),
  };
}

/** The object without its undefined members. */
export function defined<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function findType({ fieldTypes, errors }: FieldLinking, { doc, at, key }: MergedProperty): FieldType | undefined {
  const extra = doc['x-field'];
  const known = [...fieldTypes.keys()].filter((name) => name !== 'id').sort();
  const name =
    extra?.type ??
    (extra?.to === undefined ? undefined : 'reference') ??
    (extra?.rollup?.count ? 'integer' : undefined);
  if (name !== undefined) {
    if (known.includes(name)) return fieldTypes.get(name);
    errors.add(
      at.file,
      `${at.pointer}/x-field/type`,
      `There is no field type "${name}"${hint(name, known)} Known: ${known.join(', ')}.`,
    );
    return undefined;
  }
  const type = inferFieldType(fieldTypes, { ...doc });
  if (!type)
    errors.add(
      at.file,
      at.pointer,
      `The type of "${key}" cannot be told. Add "type", "format", "enum", or "x-field": {"type": …}.`,
    );
  return type;
}

function referenceOf(doc: PropertyDoc): Reference | undefined {
  const extra = doc['x-field'];
  if (extra?.to === undefined) return undefined;
  return {
    to: [extra.to].flat(),
    many: extra.many === true,
    onDelete: extra.onDelete ?? 'restrict',
    timeline: extra.timeline === true,
    ...defined({ inverse: extra.inverse }),
  };
}

function optionsOf(
  { roleNames, errors }: FieldLinking,
  { doc, at }: MergedProperty,
  type: FieldType,
): readonly string[] | undefined {
  const options = doc['x-field']?.options === 'roles' ? roleNames : (doc.enum ?? doc.items?.enum);
  const isChoice = type.name === 'select' || type.name === 'multiSelect';
  if (isChoice && options === undefined)
    errors.add(
      at.file,
      at.pointer,
      `A ${type.name} needs its options: add ${type.name === 'select' ? '"enum": […]' : '"items": {"enum": […]}'}.`,
    );
  for (const { index } of findDuplicates(options ?? [])) {
    const pointer = doc.enum ? '/enum' : '/items/enum';
    errors.add(
      at.file,
      `${at.pointer}${pointer}/${index}`,
      `The option "${options?.[index]}" stands here twice (the case of letters makes no difference).`,
    );
  }
  for (const option of Object.keys(doc['x-field']?.titles ?? {})) {
    if (!options?.includes(option))
      errors.add(
        at.file,
        `${at.pointer}/x-field/titles/${option}`,
        `There is no option "${option}"${hint(option, options ?? [])}`,
      );
  }
  checkRenamedOptions({ at, doc }, options ?? [], errors);
  return options;
}

/** `x-was` names an option of today and one that is no more. */
function checkRenamedOptions(
  { at, doc }: Pick<MergedProperty, 'at' | 'doc'>,
  options: readonly string[],
  errors: ErrorSink,
): void {
  for (const [option, was] of Object.entries(doc['x-field']?.['x-was'] ?? {})) {
    const pointer = `${at.pointer}/x-field/x-was/${option}`;
    if (!options.includes(option))
      errors.add(at.file, pointer, `There is no option "${option}"${hint(option, options)}`);
    if (options.includes(was))
      errors.add(at.file, pointer, `"${was}" is still an option, so this cannot be its new name.`);
  }
}

/** Facts that do not fit one another or the type. */
function checkFacts({ errors, slow }: FieldLinking, property: MergedProperty, type: FieldType): void {
  const { doc, at } = property;
  const extra = doc['x-field'] ?? {};
  const tell = (pointer: string, message: string): void => errors.add(at.file, below(at, pointer).pointer, message);
  const isReference = type.name === 'reference';
  if (isReference && extra.to === undefined) tell('/x-field', 'A reference needs "to": the entity it points to.');
  for (const name of ['to', 'inverse', 'onDelete', 'timeline', 'many'] as const) {
    if (!isReference && extra[name] !== undefined)
      tell(`/x-field/${name}`, `Only a reference has "${name}", and this is a field of type ${type.name}.`);
  }
  if (extra.many === true && Array.isArray(extra.to) && extra.to.length > 1)
    tell('/x-field/many', 'A reference to several entities cannot hold many of them. Name one entity in "to".');
  if (extra.onDelete === 'clear' && property.required)
    tell('/x-field/onDelete', 'A required reference cannot be cleared. Use restrict or cascade.');
  if (type.name === 'sequence' && extra.pattern === undefined)
    tell('/x-field', 'A sequence needs "pattern", such as INV-{YYYY}-{0000}.');
  if (type.name !== 'sequence' && extra.pattern !== undefined)
    tell(
      '/x-field/pattern',
      'Only a sequence has a numbering pattern here. A regular expression stands beside "type", as "pattern".',
    );
  if (extra.scale !== undefined && type.name !== 'decimal')
    tell('/x-field/scale', `Only a decimal has "scale", and this is a field of type ${type.name}.`);
  if (extra.computed !== undefined && extra.rollup !== undefined)
    tell('/x-field', 'A field is computed or a rollup, not both.');
  checkLimits(property, tell);
  const refusal = property.doc.pattern === undefined ? undefined : slow.pattern(property.doc.pattern);
  if (refusal !== undefined) tell('/pattern', refusal);
}

function checkLimits({ doc }: MergedProperty, tell: (pointer: string, message: string) => void): void {
  const { minimum, maximum, minLength, maxLength, pattern } = doc;
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    tell('/minimum', `${quote(minimum)} is more than the maximum, ${quote(maximum)}.`);
  if (minLength !== undefined && maxLength !== undefined && minLength > maxLength)
    tell('/minLength', `${quote(minLength)} is more than maxLength, ${quote(maxLength)}.`);
  if (pattern !== undefined && maxLength === undefined)
    tell('/pattern', 'A field with "pattern" states "maxLength" too. Add it.');
}
