import type { NameWord } from './name-words.ts';

/** A letter for a name, as in "I. Petrov". */
const INITIAL = 0.8;
/** What a word without a partner costs where all the words of the shorter name have theirs: a middle name, a town. */
const EXTRA = 1 / 3;

/** How far two names are one, from 0 to 1. The order of words does not count. */
export function nameLikeness(a: readonly NameWord[], b: readonly NameWord[]): number {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (short.length === 0) return 0;
  const free = new Set(long);
  let paired = 0;
  let alone = 0;
  for (const word of short) {
    const { best, likeness } = bestPartner(word, free);
    if (!best || likeness === 0) {
      alone += word.sound.length;
      continue;
    }
    free.delete(best);
    paired += likeness * (word.sound.length + best.sound.length);
    alone += (1 - likeness) * (word.sound.length + best.sound.length);
  }
  const extra = [...free].reduce((sum, { sound }) => sum + sound.length, 0);
  const isInside = short.length > 1 && free.size === long.length - short.length;
  return paired / (paired + alone + extra * (isInside ? EXTRA : 1));
}

function bestPartner(word: NameWord, among: ReadonlySet<NameWord>): { best?: NameWord; likeness: number } {
  let best: NameWord | undefined;
  let likeness = 0;
  for (const other of among) {
    const found = wordLikeness(word, other);
    if (found > likeness) [best, likeness] = [other, found];
  }
  return best ? { best, likeness } : { likeness };
}

/** Numbers are the same or not; short words allow no slip, longer ones one for every four letters. */
function wordLikeness(a: NameWord, b: NameWord): number {
  if (a.sound === b.sound) return 1;
  if (/\d/.test(a.written + b.written)) return 0;
  const [short, long] = a.sound.length <= b.sound.length ? [a.sound, b.sound] : [b.sound, a.sound];
  if (short.length === 1) return long.startsWith(short) ? INITIAL : 0;
  const allowed = Math.floor(long.length / 4);
  if (long.length - short.length > allowed) return 0;
  const slips = countSlips(short, long, allowed);
  return slips > allowed ? 0 : 1 - slips / long.length;
}

/**
 * Letters left out, added, mistaken or swapped with their neighbour (optimal string alignment); more than `most` is answered as `most + 1`.
 */
export function countSlips(a: string, b: string, most: number): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let slips = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) slips = Math.min(slips, before[j - 2]! + 1);
      row.push(slips);
      if (slips < least) least = slips;
    }
    if (least > most) return most + 1;
    before = above;
    above = row;
  }
  return Math.min(above[b.length]!, most + 1);
}
