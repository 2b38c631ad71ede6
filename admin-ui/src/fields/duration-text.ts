const UNITS = [
  ['w', 604_800],
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
] as const;

const ISO = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** `PT1H30M` → seconds; null for what has months, years or no sense. */
export function secondsOf(iso: string): number | null {
  const match = ISO.exec(iso);
  if (!match || iso === 'P' || iso.endsWith('T')) return null;
  return UNITS.reduce((sum, [, size], index) => sum + Number(match[index + 1] ?? 0) * size, 0);
}

/** `PT1H30M` → `1h 30m`, as it is typed. Other spellings stay as they are. */
export function shortDuration(iso: string): string {
  const seconds = secondsOf(iso);
  if (seconds === null) return iso;
  let rest = seconds;
  const parts: string[] = [];
  for (const [unit, size] of UNITS.slice(1)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${unit}`);
  }
  return parts.join(' ') || '0m';
}

/** `1h 30m`, `1:30`, `90` (minutes) → ISO 8601; anything else comes back as typed. */
export function isoDuration(text: string): string {
  if (!text.trim()) return '';
  const compact = text.trim().toLowerCase().replace(/\s+/g, '');
  const clock = /^(\d+):([0-5]?\d)$/.exec(compact);
  if (clock) return toIso(Number(clock[1]) * 3600 + Number(clock[2]) * 60);
  if (/^\d+$/.test(compact)) return toIso(Number(compact) * 60);
  if (!/^(\d+[wdhms])+$/.test(compact)) return text.trim();
  const size = new Map<string, number>(UNITS);
  let seconds = 0;
  for (const [, count, unit] of compact.matchAll(/(\d+)([wdhms])/g))
    seconds += Number(count) * (size.get(unit ?? '') ?? 0);
  return toIso(seconds);
}

function toIso(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${rest ? `${rest}S` : ''}`;
  return days || time ? `P${days ? `${days}D` : ''}${time ? `T${time}` : ''}` : 'PT0M';
}
