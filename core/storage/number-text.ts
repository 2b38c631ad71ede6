/** Exact figures from the texts the databases give. */

/** Units of a scaled column as a decimal text: `123450` with two digits → `1234.50`. */
export function scaledText(units: bigint, scale: number): string {
  if (scale === 0) return String(units);
  const negative = units < 0n;
  const digits = String(negative ? -units : units).padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The same amount in another number of digits, rounded half away from zero. */
export function rescale(units: bigint, of: { from: number; to: number }): bigint {
  if (of.to >= of.from) return units * 10n ** BigInt(of.to - of.from);
  return divideRounded(units, 10n ** BigInt(of.from - of.to));
}

/** `a / b`, half away from zero; `b` is positive. */
export function divideRounded(a: bigint, b: bigint): bigint {
  const size = a < 0n ? -a : a;
  const rounded = (size * 2n + b) / (b * 2n);
  return a < 0n ? -rounded : rounded;
}

/** A whole number as JSON carries it: a number while exact, else its digits. */
export function wholeValue(digits: string): number | string {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : digits;
}
