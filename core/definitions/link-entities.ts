import { objectOf, hint } from './check-schema.ts';
import { humanise } from './keys.ts';
import { defined, linkField, type FieldLinking } from './link-field.ts';
import { createPipelineFields, createSystemFields } from './system-fields.ts';
import { createValidator } from './validate-record.ts';
import { checkNamed, findField, type At, type EntityDraft, type Linking } from './linking.ts';
import { linkDuplicates } from './link-duplicates.ts';
import type { StageSource } from './stage-sources.ts';
import type { MergedEntity } from './merge-entities.ts';
import type { Entity } from './model.ts';

/** What entities are made from. */
export interface EntitySources {
  readonly merged: readonly MergedEntity[];
  readonly pipelines: readonly StageSource[];
  readonly roleNames: readonly string[];
}

/** Makes every entity with its fields, but without what looks into other entities. */
export function createEntities(
  linking: Pick<Linking, 'fieldTypes' | 'errors' | 'texts' | 'slow'>,
  sources: EntitySources,
): ReadonlyMap<string, EntityDraft> {
  const hasUsers = sources.merged.some((entity) => entity.name === 'user');
  const entities = new Map<string, EntityDraft>();
  for (const merged of sources.merged) {
    const entity = createEntity({ ...linking, roleNames: sources.roleNames, entity: merged.name }, merged);
    const pipelines = sources.pipelines.filter((source) => source.entity === merged.name);
    const owner = pipelines.find((document) => document.package === merged.package) ?? pipelines[0];
    if (owner) {
      for (const field of createPipelineFields(
        { entity: merged.name, package: owner.package },
        linking.fieldTypes,
        pipelines,
      ))
        entity.fields.set(field.key, field);
    }
    entity.pipelines = pipelines.map((pipeline) => pipeline.name);
    for (const field of createSystemFields(
      { entity: merged.name, package: merged.package },
      linking.fieldTypes,
      hasUsers,
    ))
      entity.fields.set(field.key, field);
    entity.validate = createValidator(entity.fields, merged.doc.dependentRequired ?? {});
    entities.set(merged.name, entity);
  }
  return entities;
}

function createEntity(linking: FieldLinking, merged: MergedEntity): EntityDraft {
  const about = merged.doc['x-entity'];
  const title = merged.doc.title ?? humanise(merged.name);
  const fields: EntityDraft['fields'] = new Map();
  for (const property of merged.properties.values()) {
    const field = linkField(linking, property);
    if (field) fields.set(field.key, field);
  }
  return {
    name: merged.name,
    plural: about?.plural ?? `${merged.name.toLowerCase()}s`,
    title,
    pluralTitle: about?.pluralTitle ?? `${title}s`,
    package: merged.package,
    single: about?.single === true,
    fields,
    computedOrder: [],
    lists: new Map(),
    display: [],
    unique: about?.unique ?? [],
    pipelines: [],
    validate: () => [],
    ...defined({
      owner: about?.owner,
      keepsOwner: about?.keepsOwner,
      accessVia: about?.access?.via,
      was: merged.doc['x-was'],
    }),
  };
}

/** References, inverses and everything an entity says about its own fields. */
export function linkEntities(linking: Linking, merged: readonly MergedEntity[]): void {
  checkPlurals(linking, merged);
  for (const source of merged) {
    const entity = linking.entities.get(source.name);
    if (!entity) continue;
    for (const property of source.properties.values())
      linkReference(linking, entity, { key: property.key, at: property.at });
  }
  for (const source of merged) {
    const entity = linking.entities.get(source.name);
    if (entity) linkFacts(linking, entity, source);
  }
}

function checkPlurals(linking: Linking, merged: readonly MergedEntity[]): void {
  const first = new Map<string, MergedEntity>();
  for (const source of merged) {
    const plural = source.doc['x-entity']?.plural;
    if (plural === undefined) {
      linking.errors.add(source.file, '', '"x-entity" with "plural" is missing, such as {"plural": "deals"}.');
      continue;
    }
    const other = first.get(plural);
    if (other)
      linking.errors.add(
        source.file,
        '/x-entity/plural',
        `"${plural}" is already the plural of ${other.name} (${other.file}). Choose another.`,
      );
    else first.set(plural, source);
  }
}

function linkReference(linking: Linking, entity: EntityDraft, { key, at }: { key: string; at: At }): void {
  const field = entity.fields.get(key);
  if (!field?.reference) return;
  const { to, inverse } = field.reference;
  for (const [index, target] of to.entries()) {
    const several = Array.isArray(objectOf(field.schema['x-field'])['to']);
    if (
      !checkNamed(linking, 'entity', target, {
        file: at.file,
        pointer: `${at.pointer}/x-field/to${several ? `/${index}` : ''}`,
      })
    )
      continue;
    const found = linking.entities.get(target);
    if (!found || inverse === undefined) continue;
    const place = { file: at.file, pointer: `${at.pointer}/x-field/inverse` };
    const list = found.lists.get(inverse);
    if (found.fields.has(inverse))
      linking.errors.add(
        place.file,
        place.pointer,
        `${target} has a field "${inverse}" already. Choose another key for the list.`,
      );
    else if (list)
      linking.errors.add(
        place.file,
        place.pointer,
        `"${inverse}" is already a list of ${target}, made by ${list.entity}.${list.field.key}. Choose another key.`,
      );
    else found.lists.set(inverse, { key: inverse, entity: entity.name, field, link: false });
  }
}

function linkFacts(linking: Linking, entity: EntityDraft, source: MergedEntity): void {
  const about = source.doc['x-entity'];
  const at = (pointer: string): At => ({ file: source.file, pointer: `/x-entity${pointer}` });
  entity.display = readDisplay(linking, entity, { text: about?.display, at: at('/display') });
  if (about?.owner !== undefined) {
    const owner = findField(linking, entity, about.owner, at('/owner'));
    if (owner && (owner.reference?.to.join() !== 'user' || owner.reference.many)) {
      linking.errors.add(
        source.file,
        '/x-entity/owner',
        `"${about.owner}" is not a reference to one user, so it cannot be the owner.`,
      );
    }
  }
  if (about?.access) {
    const via = findField(linking, entity, about.access.via, at('/access/via'));
    if (via && (!via.reference || via.reference.many))
      linking.errors.add(
        source.file,
        '/x-entity/access/via',
        `"${about.access.via}" is not a reference to one record.`,
      );
  }
  for (const [index, keys] of (about?.unique ?? []).entries()) {
    for (const [position, key] of keys.entries()) findField(linking, entity, key, at(`/unique/${index}/${position}`));
  }
  if (about?.duplicates) {
    const rule = linkDuplicates(linking, entity, { doc: about.duplicates, file: source.file });
    if (rule) entity.duplicates = rule;
  }
  for (const [key, needed] of Object.entries(source.doc.dependentRequired ?? {})) {
    const pointer = `/dependentRequired/${key}`;
    findField(linking, entity, key, { file: source.file, pointer });
    for (const [index, other] of needed.entries())
      findField(linking, entity, other, { file: source.file, pointer: `${pointer}/${index}` });
  }
}

const PART = /\{\{\s*([^{}\s]+)\s*\}\}/g;

function readDisplay(
  linking: Linking,
  entity: EntityDraft,
  { text, at }: { text: string | undefined; at: At },
): Entity['display'] {
  const parts: ({ field: string } | { text: string })[] = [];
  if (text === undefined) {
    const first = [...entity.fields.values()].find((field) => field.type.name === 'text' && !field.system);
    return [{ field: first?.key ?? 'id' }];
  }
  let end = 0;
  for (const match of text.matchAll(PART)) {
    const key = match[1] ?? '';
    const before = text.slice(end, match.index);
    if (before.includes('{{')) linking.errors.add(at.file, at.pointer, 'Holds a "{{" without its "}}".');
    if (before !== '') parts.push({ text: before });
    if (!entity.fields.has(key))
      linking.errors.add(at.file, at.pointer, `${entity.name} has no field "${key}"${hint(key, entity.fields.keys())}`);
    parts.push({ field: key });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  if (text.slice(end).includes('{{')) linking.errors.add(at.file, at.pointer, 'Holds a "{{" without its "}}".');
  return parts;
}
