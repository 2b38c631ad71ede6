const CANDIDATES = [',', ';', '\t', '|'] as const;
const LINES = 20;

/** The sign that parts the cells: the one that stands equally often in the first lines. A leading `sep=;` says it itself. */
export function guessDelimiter(sample: string): string {
  const told = /^\ufeff?sep=(.)\r?\n/i.exec(sample)?.[1];
  if (told !== undefined) return told;
  const lines = firstLines(sample);
  const scored = CANDIDATES.map((delimiter) => ({ delimiter, score: score(lines, delimiter) }));
  return scored.reduce((best, one) => (one.score > best.score ? one : best)).delimiter;
}

/** Lines without what stands in quotes. */
function firstLines(sample: string): readonly string[] {
  const bare = sample.replace(/"(?:[^"]|"")*"/g, '');
  return bare
    .split(/\r\n?|\n/)
    .filter((line) => line.trim() !== '')
    .slice(0, LINES);
}

function score(lines: readonly string[], delimiter: string): number {
  const counts = lines.map((line) => line.split(delimiter).length - 1);
  const wanted = counts[0] ?? 0;
  if (wanted === 0) return 0;
  const like = counts.filter((count) => count === wanted).length / counts.length;
  return like * 1000 + wanted;
}
