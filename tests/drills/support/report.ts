import { parseArgs } from 'node:util';
import type { Dialect } from './installation.ts';

/** A detail of a kept promise is shown when it is but a figure. */
const SHORT = 40;

/** Figures and promises of one drill: prints them as they come, and in the end sets the exit code. */
export interface DrillReport {
  figure(name: string, value: string | number): void;
  /** Prints whether it was kept; one that was broken makes the drill fail. */
  promise(name: string, isKept: boolean, detail?: string): void;
  note(text: string): void;
}

export function createReport(title: string): DrillReport & { end(): void } {
  const broken: string[] = [];
  const print = (text: string) => process.stdout.write(`${text}\n`);
  print(title);
  return {
    figure: (name, value) => print(`  ${name.padEnd(52)} ${value}`),
    promise(name, isKept, detail = '') {
      const more = detail !== '' && (!isKept || detail.length <= SHORT) ? `: ${detail}` : '';
      print(`  ${isKept ? 'kept  ' : 'BROKEN'} ${name}${more}`);
      if (!isKept) broken.push(name);
    },
    note: (text) => void process.stderr.write(`${text}\n`),
    end() {
      print(broken.length === 0 ? 'Every promise was kept.' : `BROKEN: ${broken.join('; ')}.`);
      process.exitCode = broken.length === 0 ? 0 : 1;
    },
  };
}

/** `--database sqlite|postgres` (default: both) and whole numbers such as `--kills 60`, with their defaults and limits. */
export function readOptions<K extends string>(
  numbers: Readonly<Record<K, { readonly otherwise: number; readonly most: number }>>,
): { readonly dialects: readonly Dialect[] } & Readonly<Record<K, number>> {
  const names = Object.keys(numbers) as K[];
  const { values } = parseArgs({
    options: { database: { type: 'string' }, ...Object.fromEntries(names.map((name) => [name, { type: 'string' }])) },
  });
  const given = values as Readonly<Record<string, string | undefined>>;
  const read = (name: K) => {
    const { otherwise, most } = numbers[name];
    const number = Number(given[name] ?? otherwise);
    if (!Number.isInteger(number) || number < 1 || number > most)
      throw new Error(`--${name} must be a whole number from 1 to ${most}.`);
    return number;
  };
  const { database } = given;
  if (database !== undefined && database !== 'sqlite' && database !== 'postgres')
    throw new Error('--database must be sqlite or postgres.');
  const counts = Object.fromEntries(names.map((name) => [name, read(name)])) as Readonly<Record<K, number>>;
  return { dialects: database === undefined ? ['sqlite', 'postgres'] : [database], ...counts };
}

/** The value below which this share of them lies; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
