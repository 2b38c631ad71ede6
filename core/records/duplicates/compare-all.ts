import { pairName } from './distinct.ts';
import { keysOf } from './card.ts';
import type { Card } from './card.ts';
import { weigh } from './weigh.ts';

/** What is shared by more records than this tells nothing: the phone of a switchboard, the commonest of names. */
const MOST_SHARING = 120;
/** Records of one group: as many as one merge takes. */
const MOST_IN_GROUP = 21;
/** Something is the same, not only alike. */
const STRONG = 85;
/** Others get their turn after so many milliseconds. */
const TURN = 15;

export interface Known {
  readonly id: string;
  readonly card: Card;
}

/** Ids that may be of one thing, and how strong the strongest of their pairs is. */
export interface Cluster {
  readonly score: number;
  readonly ids: readonly string[];
}

interface Likely {
  readonly a: number;
  readonly b: number;
  readonly score: number;
}

/** Compares what shares a key, each pair once, and puts together what belongs together. The strongest first, then by id. */
export async function compareAll(known: readonly Known[], distinct: ReadonlySet<string>): Promise<readonly Cluster[]> {
  const turn = createTurn();
  const blocks = await blocksOf(known, turn);
  const likely: Likely[] = [];
  for (const [number, members] of blocks.lists.entries()) {
    for (const [index, a] of members.entries()) {
      for (const b of members.slice(index + 1)) {
        if (sharesEarlier(blocks.of[a]!, blocks.of[b]!, number)) continue;
        const { score } = weigh(known[a]!.card, known[b]!.card);
        if (score > 0 && !distinct.has(pairName(known[a]!.id, known[b]!.id))) likely.push({ a, b, score });
      }
      await turn();
    }
  }
  likely.sort((x, y) => y.score - x.score || x.a - y.a || x.b - y.b);
  return clustersOf(known, likely);
}

interface Blocks {
  readonly lists: readonly (readonly number[])[];
  /** Of each record the numbers of its blocks, ascending. */
  readonly of: readonly (readonly number[])[];
}

async function blocksOf(known: readonly Known[], turn: () => Promise<void>): Promise<Blocks> {
  const sharing = new Map<string, number[]>();
  for (const [index, { card }] of known.entries()) {
    for (const { field, key } of keysOf(card)) {
      const name = `${field} ${key}`;
      const members = sharing.get(name);
      if (members) members.push(index);
      else sharing.set(name, [index]);
    }
    await turn();
  }
  const lists = [...sharing.values()].filter(({ length }) => length > 1 && length <= MOST_SHARING);
  const of: number[][] = known.map(() => []);
  for (const [number, members] of lists.entries()) for (const index of members) of[index]!.push(number);
  return { lists, of };
}

/** Whether two records have met in a block before this one. */
function sharesEarlier(a: readonly number[], b: readonly number[], before: number): boolean {
  return a.some((number) => number < before && b.includes(number));
}

/** The strongest pairs join first; a group that is full takes nobody else, and a likeness of names alone joins no two groups. */
function clustersOf(known: readonly Known[], likely: readonly Likely[]): readonly Cluster[] {
  const groups = new Map<number, { score: number; members: number[] }>();
  for (const { a, b, score } of likely) {
    const one = groups.get(a) ?? { score, members: [a] };
    const other = groups.get(b) ?? { score, members: [b] };
    if (one === other || one.members.length + other.members.length > MOST_IN_GROUP) continue;
    if (score < STRONG && one.members.length > 1 && other.members.length > 1) continue;
    one.members.push(...other.members);
    one.score = Math.max(one.score, other.score);
    for (const member of one.members) groups.set(member, one);
  }
  const clusters = [...new Set(groups.values())].map(({ score, members }) => ({
    score,
    ids: members.map((index) => known[index]!.id).sort(),
  }));
  return clusters.sort((x, y) => y.score - x.score || (x.ids[0]! < y.ids[0]! ? -1 : 1));
}

/** Lets others go on from time to time: a large base takes seconds. */
function createTurn(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN) return;
    await new Promise((resolve) => setImmediate(resolve));
    since = performance.now();
  };
}
