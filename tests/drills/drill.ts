/** How long a drill goes on, and from which seed. */
export function drillOf(runs: number): { readonly runs: number; readonly seed: number } {
  const number = (name: string, otherwise: number) => {
    const text = process.env[name];
    if (text === undefined || text === '') return otherwise;
    if (!/^\d{1,9}$/.test(text)) throw new Error(`${name} must be a whole number, not "${text}".`);
    return Number(text);
  };
  return { runs: number('DRILL_RUNS', runs), seed: number('DRILL_SEED', 1) };
}

/** One line of figures. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
