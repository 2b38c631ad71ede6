import type { NameWord } from './name-words.ts';

/** Words that make keys: the longest say most. */
const MOST_WORDS = 4;
const LONGEST = 60;

/**
 * Texts of which two names that are one have at least one in common, while most other names have none: only records that share one are
 * compared. They stand slips, another order, a missing middle name, and another alphabet.
 */
export function nameKeys(words: readonly NameWord[]): readonly string[] {
  const chosen = [...words].sort((a, b) => b.sound.length - a.sound.length).slice(0, MOST_WORDS);
  const keys = chosen.length === 1 ? loneKeys(chosen[0]!) : pairKeys(chosen);
  return [...new Set(keys)].map((key) => key.slice(0, LONGEST));
}

/** One word: its frame, and both of its ends, of which a slip spoils one at most. */
function loneKeys({ sound, frame }: NameWord): readonly string[] {
  return sound.length < 4 ? [`=${sound}`] : [`=${frame}`, `^${sound.slice(0, 3)}`, `$${sound.slice(-3)}`];
}

function pairKeys(words: readonly NameWord[]): readonly string[] {
  const keys: string[] = [];
  for (const [index, a] of words.entries()) {
    for (const b of words.slice(index + 1)) {
      keys.push([a.frame, b.frame].sort().join('+'));
      // Of two words a slip in one leaves the other whole; of three, two.
      if (words.length === 2) keys.push(`${a.frame}~${endsOf(b)}`, `${b.frame}~${endsOf(a)}`);
    }
  }
  return keys;
}

function endsOf({ sound }: NameWord): string {
  return `${sound.slice(0, 1)}${sound.slice(-1)}`;
}
