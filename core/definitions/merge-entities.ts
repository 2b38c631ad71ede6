import { hint } from './check-schema.ts';
import { below, type At } from './linking.ts';
import { findDuplicates, RESERVED } from './keys.ts';
import { step, type ErrorSink } from './definition-errors.ts';
import type { Document, EntityDoc, PropertyDoc } from './documents.ts';
import type { CheckedDocuments } from './validate-documents.ts';

/** A property with the place it comes from. */
export interface MergedProperty {
  readonly key: string;
  readonly doc: PropertyDoc;
  readonly package: string;
  readonly required: boolean;
  readonly at: At;
}

/** An entity with everything other packages add to it. */
export interface MergedEntity {
  readonly name: string;
  readonly package: string;
  readonly doc: EntityDoc;
  readonly file: string;
  readonly properties: ReadonlyMap<string, MergedProperty>;
}

/** Puts each entity and its extensions together, in package order. */
export function mergeEntities(documents: CheckedDocuments, errors: ErrorSink): readonly MergedEntity[] {
  const all = documents.of.entity;
  const names = new Set(all.filter((document) => !isExtension(document)).map((document) => document.name));
  for (const document of all) {
    const target = document.json['x-extends'];
    if (target === undefined) continue;
    if (target !== document.name)
      errors.add(document.file, '/x-extends', `Must be the name of the file, "${document.name}".`);
    else if (!names.has(target)) errors.add(document.file, '/x-extends', unknownTarget(target, names));
  }
  for (const { file, json } of all) {
    const was = json['x-was'];
    if (was !== undefined && names.has(was))
      errors.add(file, '/x-was', `"${was}" is still an entity, so this cannot be its new name.`);
  }
  return all
    .filter((document) => !isExtension(document))
    .map((document) =>
      mergeOne(
        document,
        all.filter((other) => isExtension(other) && other.name === document.name),
        errors,
      ),
    );
}

function isExtension(document: Document<EntityDoc>): boolean {
  return document.json['x-extends'] !== undefined;
}

function unknownTarget(target: string, names: ReadonlySet<string>): string {
  return `There is no entity "${target}" to add to${hint(target, names)} Require the package that brings it.`;
}

function mergeOne(
  document: Document<EntityDoc>,
  extensions: readonly Document<EntityDoc>[],
  errors: ErrorSink,
): MergedEntity {
  const properties = new Map<string, MergedProperty>();
  const doc = document.json;
  addProperties(document, properties, errors);
  for (const extension of extensions) extend(extension, properties, errors);
  checkKeys(properties, errors);
  return { name: document.name, package: document.package, doc, file: document.file, properties };
}

function addProperties(
  document: Document<EntityDoc>,
  properties: Map<string, MergedProperty>,
  errors: ErrorSink,
): void {
  const doc = document.json;
  const required = doc.required ?? [];
  const own = doc.properties ?? {};
  for (const [index, key] of required.entries()) {
    if (Object.hasOwn(own, key)) continue;
    const reason = properties.has(key)
      ? 'is a property of another package, and only the entity itself may require it'
      : 'is not a property';
    errors.add(
      document.file,
      `/required/${index}`,
      `"${key}" ${reason}${properties.has(key) ? '.' : hint(key, Object.keys(own))}`,
    );
  }
  for (const [key, property] of Object.entries(own)) {
    const at = { file: document.file, pointer: `/properties${step(key)}` };
    properties.set(key, { key, doc: property, package: document.package, required: required.includes(key), at });
  }
}

function extend(document: Document<EntityDoc>, properties: Map<string, MergedProperty>, errors: ErrorSink): void {
  const doc = document.json;
  if (doc['x-entity'])
    errors.add(document.file, '/x-entity', 'An addition to an entity brings properties only. Take "x-entity" out.');
  const fresh: Record<string, PropertyDoc> = {};
  for (const [key, property] of Object.entries(doc.properties ?? {})) {
    const before = properties.get(key);
    const at = { file: document.file, pointer: `/properties${step(key)}` };
    const isOwn = document.layer === 'overlay' && before?.package === document.package;
    if (!before || isOwn) fresh[key] = property;
    else if (isSource(property) && takesSource(before)) properties.set(key, withSource(before, property, at));
    else
      errors.add(
        at.file,
        at.pointer,
        `"${key}" stands already in ${before.at.file} (package ${before.package}), and here in package ${document.package}. Choose another key.`,
      );
  }
  addProperties({ ...document, json: { ...document.json, properties: fresh } }, properties, errors);
}

/** `{"x-field": {"computed": "…"}}` and nothing else: a formula for a field that waits for one. */
function isSource(property: PropertyDoc): boolean {
  const field = property['x-field'];
  return field?.computed !== undefined && Object.keys(property).length === 1 && Object.keys(field).length === 1;
}

function takesSource({ doc }: MergedProperty): boolean {
  return doc.readOnly === true && doc['x-field']?.computed === undefined && doc['x-field']?.rollup === undefined;
}

function withSource(before: MergedProperty, source: PropertyDoc, at: At): MergedProperty {
  return { ...before, at, doc: { ...before.doc, 'x-field': { ...before.doc['x-field'], ...source['x-field'] } } };
}

function checkKeys(properties: ReadonlyMap<string, MergedProperty>, errors: ErrorSink): void {
  const list = [...properties.values()];
  for (const { key, at } of list) {
    if (RESERVED.has(key)) errors.add(at.file, at.pointer, `"${key}" is a reserved word. Choose another key.`);
  }
  for (const { index, first } of findDuplicates(list.map(({ key }) => key))) {
    const [before, again] = [list[first], list[index]];
    if (before && again)
      errors.add(
        again.at.file,
        again.at.pointer,
        `"${again.key}" and "${before.key}" differ only in the case of letters. Choose another key.`,
      );
  }
  const renamed = new Map<string, string>();
  for (const { key, doc, at } of list) {
    const was = doc['x-was'];
    if (was === undefined) continue;
    const other = renamed.get(was);
    if (other !== undefined)
      errors.add(
        at.file,
        below(at, '/x-was').pointer,
        `"${other}" was "${was}" already, and one column cannot become two.`,
      );
    renamed.set(was, key);
    if (!properties.has(was)) continue;
    const place = below(at, '/x-was');
    errors.add(place.file, place.pointer, `"${was}" is still a property, so this cannot be its new name.`);
  }
}
