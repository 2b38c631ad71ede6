import { below, findField, type At, type EntityDraft, type Linking } from './linking.ts';
import type { DuplicateRule, Field } from './model.ts';

interface DuplicatesDoc {
  readonly same?: readonly string[];
  readonly similar?: readonly string[];
}

/** By what duplicates of the entity are told; undefined, and told at the place, when it says nothing. */
export function linkDuplicates(
  linking: Linking,
  entity: EntityDraft,
  { doc, file }: { readonly doc: DuplicatesDoc; readonly file: string },
): DuplicateRule | undefined {
  const at: At = { file, pointer: '/x-entity/duplicates' };
  const tell = (pointer: string, message: string): void => linking.errors.add(file, at.pointer + pointer, message);
  const { same = [], similar = [] } = doc;
  if (same.length + similar.length === 0) {
    tell('', 'Name the fields that tell duplicates: "same" for phones and e-mails, "similar" for names.');
    return undefined;
  }
  if (entity.single) tell('', 'An entity of one record has no duplicates. Take "duplicates" out.');
  for (const [index, key] of same.entries()) {
    const field = findField(linking, entity, key, below(at, `/same/${index}`));
    if (field && !isComparable(field))
      tell(`/same/${index}`, `"${key}" is a ${field.type.name}. Take a text, a phone, an e-mail or a url.`);
  }
  for (const [index, key] of similar.entries()) {
    const field = findField(linking, entity, key, below(at, `/similar/${index}`));
    if (field && (field.type.name !== 'text' || field.rollup))
      tell(`/similar/${index}`, `"${key}" is a ${field.type.name}. Only a text can hold a name.`);
    if (same.includes(key)) tell(`/similar/${index}`, `"${key}" stands in "same" already. Take it out of one of them.`);
  }
  return { same, similar };
}

/** A value people know the record by: what search finds it by, but no page of text. */
function isComparable(field: Field): boolean {
  return field.type.searchText !== undefined && !field.multiline && field.type.name !== 'richText';
}
