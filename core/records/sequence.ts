import type { Transaction } from '../context.ts';
import { nextCounter } from '../storage/rows.ts';

/**
 * The next number of a sequence such as `INV-{YYYY}-{0000}`. Taken inside the transaction of what is numbered: a rolled back write
 * gives its number back, so there are neither gaps nor doubles. `{YYYY}`, `{YY}`, `{MM}` are of `date` (`YYYY-MM-DD`) and start the count anew.
 */
export async function nextNumber(
  tx: Transaction,
  of: { readonly name: string; readonly pattern: string; readonly date: string },
): Promise<string> {
  const [year = '', month = ''] = of.date.split('-');
  const dated = of.pattern.replaceAll('{YYYY}', year).replaceAll('{YY}', year.slice(2)).replaceAll('{MM}', month);
  const count = await nextCounter(tx, `sequence:${of.name}:${dated}`);
  return dated.replace(/\{(0+)\}/, (_, zeros: string) => String(count).padStart(zeros.length, '0'));
}
