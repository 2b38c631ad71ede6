import { Big } from 'big.js';

/** Numbers of the formats every program knows without their being written down: dates and times. */
const BUILT_IN = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 27, 30, 36, 45, 46, 47, 50, 57]);

/** Does this number format show a date or a time? */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return BUILT_IN.has(id);
  const bare = code.replace(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '');
  return /[dmyhs]/i.test(bare) && !/general/i.test(bare);
}

const DAY = 86_400_000;
/** Day 0 of the 1900 calendar, which believes in a 29 February 1900; right from 1 March 1900 on. */
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);

/** `2026-03-31` of a whole day, `2026-03-31T10:15:00` of a moment, `10:15:00` of a time alone; undefined when it is no date people keep. */
export function dateText(serial: string, from1904: boolean): string | undefined {
  const days = Number(serial);
  if (serial.trim() === '' || !Number.isFinite(days) || days < 0 || days > 2_958_466) return undefined;
  const whole = Math.floor(days);
  // To the second: the fraction of a double is not exact below.
  const seconds = Math.round((days - whole) * 86_400);
  const at = new Date(
    (from1904 ? EPOCH_1904 : EPOCH_1900) + (whole + (!from1904 && whole < 60 ? 1 : 0)) * DAY + seconds * 1000,
  );
  const text = at.toISOString();
  if (whole === 0 && !from1904) return text.slice(11, 19);
  return seconds === 0 ? text.slice(0, 10) : text.slice(0, 19);
}

/** Characters that XML cannot hold, as workbooks write them: `_x0001_`. */
export function plainXmlText(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

const PLAIN = /^-?\d+(\.\d+)?$/;

/**
 * A number as the program that saved it shows it: the digits as they stand, rounded to the 15 a spreadsheet works with
 * (0.1 + 0.2 is saved as 0.30000000000000004), without an exponent.
 */
export function numberText(stored: string): string {
  const digits = stored.replace(/^-?0*\.?0*|[.-]/g, '');
  if (PLAIN.test(stored) && digits.length <= 15) return stored;
  const number = Number(stored);
  if (stored.trim() === '' || !Number.isFinite(number)) return stored;
  return new Big(number).prec(15).toFixed();
}
