const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

const SHORT = /^([+-]?)((?:\d{1,9}(?:ms|s|m|h|d|w))+)$/;
const PART = /(\d{1,9})(ms|s|m|h|d|w)/g;
const ISO =
  /^([+-]?)P(?=\d|T\d)(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:[.,](\d{1,3}))?S)?)?$/;

/**
 * Milliseconds of `15m`, `-30d`, `1h30m` or ISO 8601 `PT15M`; a day has 24 hours. Undefined when the text is none of these;
 * months and years have no fixed length and are not taken.
 */
export function parseDurationText(text: string): number | undefined {
  const trimmed = text.trim();
  const short = SHORT.exec(trimmed);
  if (short) {
    let sum = 0;
    for (const [, count, unit] of (short[2] ?? '').matchAll(PART)) sum += Number(count) * (UNITS[unit ?? ''] ?? 0);
    return signed(short[1], sum);
  }
  const iso = ISO.exec(trimmed);
  if (!iso) return undefined;
  const [weeks, days, hours, minutes, seconds] = iso.slice(2, 7).map((part) => Number(part ?? 0));
  const sum =
    (weeks ?? 0) * 604_800_000 +
    (days ?? 0) * 86_400_000 +
    (hours ?? 0) * 3_600_000 +
    (minutes ?? 0) * 60_000 +
    (seconds ?? 0) * 1_000 +
    Number((iso[7] ?? '').padEnd(3, '0'));
  return signed(iso[1], sum);
}

/** Canonical ISO 8601 of milliseconds: `PT0S`, `PT1H30M`, `-P30D`, `P1DT0.5S`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return 'PT0S';
  let rest = Math.abs(milliseconds);
  const take = (unit: number): number => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return count;
  };
  const days = take(86_400_000);
  const hours = take(3_600_000);
  const minutes = take(60_000);
  const seconds = rest / 1_000;
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`;
  return `${milliseconds < 0 ? '-' : ''}P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
}

function signed(sign: string | undefined, sum: number): number {
  return sign === '-' && sum !== 0 ? -sum : sum;
}
