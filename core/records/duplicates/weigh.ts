import type { Card } from './card.ts';
import { nameLikeness } from './name-likeness.ts';

/** Why two records are taken for one thing. `likeness` of a name: from 80 to 100. */
export interface Reason {
  readonly field: string;
  readonly kind: 'same' | 'similar';
  readonly likeness: number;
}

export interface Evidence {
  /** From 0 to 100; grows with every reason. */
  readonly score: number;
  /** The strongest first. */
  readonly reasons: readonly Reason[];
}

/** A phone is shared by a family now and then, a name by strangers more often. */
const SAME = 0.85;
const SIMILAR = 0.7;
const LEAST_LIKENESS = 0.8;

/** What speaks for the two being one; a score of 0 when nothing does. */
export function weigh(a: Card, b: Card): Evidence {
  const reasons: Reason[] = [];
  let doubt = 1;
  for (const [field, text] of a.same) {
    if (b.same.get(field) !== text) continue;
    reasons.push({ field, kind: 'same', likeness: 100 });
    doubt *= 1 - SAME;
  }
  for (const [field, words] of a.names) {
    const likeness = nameLikeness(words, b.names.get(field) ?? []);
    if (likeness < LEAST_LIKENESS) continue;
    reasons.push({ field, kind: 'similar', likeness: Math.round(likeness * 100) });
    doubt *= 1 - SIMILAR * likeness;
  }
  return { score: Math.round((1 - doubt) * 100), reasons };
}
