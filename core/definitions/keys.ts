/** Keys of entities, fields, rules. */
export const KEY = /^[a-z][a-zA-Z0-9]{0,39}$/;

/** A language such as et or pt-BR. */
export const LANGUAGE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;

/** Keys no definition may take: those of the system fields, of the pipeline, and the words of the condition language. */
export const RESERVED: ReadonlySet<string> = new Set(
  'id version createdAt updatedAt createdBy updatedBy deletedAt pipeline stage all any not some none every'.split(' '),
);

/** A key in words: `lostReason` → `Lost reason`, `walk-in` → `Walk-in`. */
export function humanise(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The keys of a list that came before in it, ignoring case, with the index of the first. */
export function findDuplicates(keys: readonly string[]): readonly { readonly index: number; readonly first: number }[] {
  const seen = new Map<string, number>();
  const duplicates: { index: number; first: number }[] = [];
  for (const [index, key] of keys.entries()) {
    const first = seen.get(key.toLowerCase());
    if (first === undefined) seen.set(key.toLowerCase(), index);
    else duplicates.push({ index, first });
  }
  return duplicates;
}
