import type { Change } from '../../model/types.ts';

/** When each stage was entered last, from the record's own changes, newest first. */
export function stageVisits(changes: readonly Change[]): ReadonlyMap<string, string> {
  const visits = new Map<string, string>();
  for (const change of changes) {
    const stage = change.fields['stage']?.after;
    if (typeof stage === 'string' && !visits.has(stage)) visits.set(stage, change.at);
  }
  return visits;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** A length of time in its largest whole unit, in words: "3 days", "15 minutes". */
export function spanText(ms: number, locale: string): string {
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? UNITS[2];
  const count = Math.max(0, Math.floor(ms / size));
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}
