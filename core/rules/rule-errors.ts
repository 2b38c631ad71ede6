/** One wrong place of a rule; `pointer` is a JSON Pointer into the rule itself (`/total/gte`, `''` = the rule). */
export interface RuleError {
  readonly pointer: string;
  readonly message: string;
}

/** Thrown by the parsers of this folder with every wrong place at once. */
export class RuleErrors extends Error {
  readonly errors: readonly RuleError[];
  constructor(errors: readonly RuleError[]) {
    super(errors.map(({ pointer, message }) => (pointer ? `${pointer}: ${message}` : message)).join('\n'));
    this.name = 'RuleErrors';
    this.errors = errors;
  }
}

/** A key as a step of a JSON Pointer. */
export function pointerTo(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The steps of a JSON Pointer. */
export function placeOf(pointer: string): readonly string[] {
  const steps = pointer.split('/').slice(1);
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** ` Did you mean "title"?`, or nothing when no name is near. Ready to be appended to a sentence. */
export function didYouMean(word: string, names: Iterable<string>): string {
  const lower = word.toLowerCase();
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const name of names) {
    const distance = editDistance(lower, name.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best === undefined ? '' : ` Did you mean "${best}"?`;
}

/** Letters to insert, drop, replace or swap between two words; counting stops at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const at = (line: readonly number[], k: number): number => line[k] ?? limit;
      let best = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, at(beforeLast, j - 2) + 1);
      row.push(best);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? limit;
}
