import { contactOf, noise, searchWord } from './dataset.ts';
import { casementRow } from './start-casement.ts';
import { call } from './subject.ts';
import type { Subject } from './subject.ts';

export interface BenchRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly path: string;
  readonly body?: unknown;
}

/** One operation measured, as each subject spells it. Request `i` differs from request `i + 1` where it would in life. */
export interface Operation {
  readonly name: string;
  /** Ratio to the reference that must be reached, and the one to stretch for (performance figures of the product). */
  readonly target: Readonly<Record<'sqlite' | 'postgres', readonly [must: number, stretch: number]>>;
  /** Connections; bulk has fewer. */
  readonly connections?: number;
  casement(subject: Subject, i: number): BenchRequest;
  reference(subject: Subject, i: number): BenchRequest;
  /** Work before the measurement, such as finding a cursor; what it answers replaces the path. */
  prepare?(subject: Subject): Promise<string>;
}

const API = '/api/bench-contacts';
const LIST = `${API}?filter=${encodeURIComponent('{"status":"active"}')}&sort=-score&limit=50`;
/** A column of a board, as the screen asks for it. */
const COLUMN = `${API}?filter=${encodeURIComponent('{"status":{"eq":"active"}}')}&sort=name&limit=30`;
const CITIES = ['Tallinn', 'Riga', 'Tartu', 'Milano', 'Narva'];
const PAGE = 500;

const get = (path: string): BenchRequest => ({ method: 'GET', path });
const idOf = ({ ids }: Subject, i: number) => ids[noise(i, 40) % ids.length]!;
const cityOf = (i: number) => ({ city: `${CITIES[i % CITIES.length]} ${i % 1000}` });
/** Rows that nobody has made yet. */
const fresh = (i: number) => contactOf(10_000_000 + i);
const thousand = <T>(make: (i: number) => T, i: number) => Array.from({ length: 1000 }, (_, n) => make(i * 1000 + n));

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'read_one',
    target: { sqlite: [0.1, 0.3], postgres: [0.35, 0.6] },
    casement: (subject, i) => get(`${API}/${idOf(subject, i)}`),
    reference: (subject, i) => get(`/contacts/${idOf(subject, i)}`),
  },
  {
    name: 'list50',
    target: { sqlite: [0.5, 1], postgres: [0.5, 0.8] },
    casement: () => get(LIST),
    reference: () => get('/contacts'),
  },
  {
    name: 'list50 + reference',
    target: { sqlite: [0.5, 1], postgres: [0.5, 0.8] },
    casement: () => get(`${LIST}&expand=company`),
    reference: () => get('/contacts?company'),
  },
  {
    name: 'list50 + total',
    target: { sqlite: [0.6, 0.9], postgres: [0.6, 0.9] },
    casement: () => get(`${LIST}&count=exact`),
    reference: () => get('/contacts?total'),
  },
  {
    name: `keyset page ${PAGE}`,
    target: { sqlite: [0.5, 1], postgres: [0.5, 0.8] },
    casement: () => get(LIST),
    reference: () => get('/contacts'),
    prepare: farPage,
  },
  {
    name: 'aggregate',
    target: { sqlite: [0.9, 1], postgres: [0.9, 1] },
    casement: () => get(`${API}/aggregate?group=status&measures=count,sum(balance)`),
    reference: () => get('/aggregate'),
  },
  {
    name: 'search',
    target: { sqlite: [0.5, 0.9], postgres: [0.3, 0.6] },
    casement: ({ ids }, i) => get(`${API}?search=${encodeURIComponent(searchWord(i, ids.length * 10))}&limit=50`),
    reference: ({ ids }, i) => get(`/search?${encodeURIComponent(searchWord(i, ids.length * 10))}`),
  },
  {
    name: 'update_one',
    target: { sqlite: [0.08, 0.2], postgres: [0.4, 0.6] },
    casement: (subject, i) => ({ method: 'PATCH', path: `${API}/${idOf(subject, i)}`, body: cityOf(i) }),
    reference: (subject, i) => ({ method: 'PATCH', path: `/contacts/${idOf(subject, i)}`, body: cityOf(i) }),
  },
  {
    name: 'create_one',
    target: { sqlite: [0.2, 0.4], postgres: [0.4, 0.6] },
    casement: (subject, i) => ({ method: 'POST', path: API, body: casementRow(fresh(i), subject.companies) }),
    reference: (_subject, i) => ({ method: 'POST', path: '/contacts', body: fresh(i) }),
  },
  {
    name: 'bulk 1,000',
    target: { sqlite: [0.4, 0.7], postgres: [0.4, 0.7] },
    connections: 1,
    casement: (subject, i) => ({
      method: 'POST',
      path: API,
      body: thousand((n) => casementRow(fresh(n), subject.companies), i),
    }),
    reference: (_subject, i) => ({ method: 'POST', path: '/contacts', body: thousand(fresh, i) }),
  },
];

/** What is asked again with ten and a hundred times the rows. */
export const GROWING: readonly Operation[] = [
  ...OPERATIONS.filter(({ name }) => name === 'list50' || name === 'search'),
  {
    name: 'board column',
    target: { sqlite: [0.5, 1], postgres: [0.5, 0.8] },
    casement: () => get(COLUMN),
    reference: () => get('/contacts'),
  },
];

async function farPage(subject: Subject): Promise<string> {
  if (subject.name === 'reference') return '/contacts';
  let path = LIST;
  for (let page = 1; page < PAGE; page += 1) {
    const { next } = await call<{ next: string | null }>(subject.url + path, { headers: subject.headers });
    if (next === null) break;
    path = `${LIST}&after=${encodeURIComponent(next)}`;
  }
  return path;
}
