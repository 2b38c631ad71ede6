/** The same rows for Casement and for the references: 12 fields, one reference to 1,000 companies. Pure: row i is always the same. */

export const COMPANIES = 1000;

export interface Contact {
  readonly name: string;
  readonly email: string;
  readonly phone: string;
  readonly city: string;
  readonly country: string;
  readonly language: string;
  readonly source: string;
  readonly birthday: string;
  readonly score: number;
  readonly balance: string;
  readonly status: string;
  /** Index of its company. */
  readonly company: number;
}

const FIRST = ['Anna', 'Boris', 'Carla', 'Dmitri', 'Eva', 'Fedor', 'Gita', 'Hanno', 'Ilze', 'Jaan', 'Kirill', 'Laura'];
const LAST = ['Tamm', 'Ivanov', 'Berzins', 'Rossi', 'Kask', 'Petrov', 'Ozols', 'Bianchi', 'Saar', 'Smirnov', 'Kalnins'];
const CITIES = ['Tallinn', 'Riga', 'Tartu', 'Milano', 'Narva', 'Liepaja', 'Torino', 'Parnu'];
const COUNTRIES = ['EE', 'LV', 'IT', 'LT'];
const LANGUAGES = ['et', 'lv', 'ru', 'it', 'en'];
const SOURCES = ['site', 'phone', 'fair', 'friend'];
export const STATUSES = ['lead', 'active', 'sleeping', 'lost'];

/** A number that looks random and depends on `i` and `salt` only (splitmix32). */
export function noise(i: number, salt = 0): number {
  let x = (i * 0x9e3779b9 + salt * 0x85ebca6b) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

function pick<T>(list: readonly T[], i: number, salt: number): T {
  return list[noise(i, salt) % list.length]!;
}

export function contactOf(i: number): Contact {
  const first = pick(FIRST, i, 1);
  const last = pick(LAST, i, 2);
  const day = String(1 + (noise(i, 9) % 28)).padStart(2, '0');
  const month = String(1 + (noise(i, 10) % 12)).padStart(2, '0');
  return {
    name: `${first} ${last} ${(noise(i, 11) % 46_656).toString(36).padStart(3, '0')}${i}`,
    email: `${first}.${last}.${i}@example.com`.toLowerCase(),
    phone: `+3725${String(1_000_000 + (i % 9_000_000))}`,
    city: pick(CITIES, i, 3),
    country: pick(COUNTRIES, i, 4),
    language: pick(LANGUAGES, i, 5),
    source: pick(SOURCES, i, 6),
    birthday: `${1950 + (noise(i, 8) % 55)}-${month}-${day}`,
    score: noise(i, 7) % 1_000_000,
    balance: `${noise(i, 12) % 100_000}.${String(noise(i, 13) % 100).padStart(2, '0')}`,
    status: pick(STATUSES, i, 14),
    company: noise(i, 15) % COMPANIES,
  };
}

export function companyName(i: number): string {
  return `Company ${i} ${pick(CITIES, i, 16)}`;
}

/** Part of a name, found in a handful of rows: letters people type. */
export function searchWord(i: number, rows: number): string {
  return contactOf(noise(i, 17) % rows)
    .name.split(' ')[2]!
    .slice(0, 5);
}
