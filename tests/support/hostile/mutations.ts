import fc from 'fast-check';
import { Buffer } from 'node:buffer';
import type { Json } from './api-document.ts';
import { idOf, multipart, tableUpload } from './draft.ts';
import type { Draft } from './draft.ts';
import { placesOf, replaceAt, valueAt } from './members.ts';
import { ODD_TEXTS, ODD_VALUES } from './values.ts';
import type { HostileWorld } from './world.ts';

/** One thing made wrong; undefined where the request has no place for it. */
export type Mutation = (draft: Draft, world: HostileWorld) => fc.Arbitrary<Draft> | undefined;

const always =
  (change: (draft: Draft) => Draft): Mutation =>
  (draft) =>
    fc.constant(draft).map(change);

/** In place of what the body says. */
const raw =
  (change: (text: string) => string | Uint8Array): Mutation =>
  (draft) => {
    if (draft.body === undefined) return undefined;
    return fc.constant({ ...draft, raw: change(JSON.stringify(draft.body)) });
  };

const header =
  (name: string, ...values: readonly (string | readonly string[])[]): Mutation =>
  (draft) =>
    fc.constantFrom(...values).map((value) => ({ ...draft, headers: { ...draft.headers, [name]: value } }));

/** Some member of the object, however deep it stands. */
const member =
  (change: (holder: Json, key: string) => fc.Arbitrary<Json>): Mutation =>
  (draft) => {
    const { body } = draft;
    const places = placesOf(body, []);
    if (places.length === 0) return undefined;
    return fc
      .constantFrom(...places)
      .chain(([path, key]) =>
        change(valueAt(body, path) as Json, key).map((holder) => ({ ...draft, body: replaceAt(body, path, holder) })),
      );
  };

const BODY: Readonly<Record<string, Mutation>> = {
  'another value': member((holder, key) =>
    fc.constantFrom(...ODD_VALUES).map((value) => ({ ...holder, [key]: value })),
  ),
  'a member left out': member((holder, key) => {
    const { [key]: _gone, ...rest } = holder;
    return fc.constant(rest);
  }),
  'a member too many': member((holder) =>
    fc
      .constantFrom('zz_unknown', 'id', 'version', 'createdAt', 'deletedAt', 'tenant', '$ref', 'toString')
      .map((key) => ({ ...holder, [key]: '1' })),
  ),
  'an odd text': member((holder, key) => fc.constantFrom(...ODD_TEXTS).map((text) => ({ ...holder, [key]: text }))),
  'a text too long': member((holder, key) =>
    fc.constantFrom(256, 10_000, 100_001).map((size) => ({ ...holder, [key]: 'y'.repeat(size) })),
  ),
  'a number at an edge': member((holder, key) =>
    fc
      .constantFrom(9007199254740991, -9007199254740991, 1e308, 1e-320, 0.1 + 0.2, 2 ** 31)
      .map((number) => ({ ...holder, [key]: number })),
  ),
  'a list for a value': member((holder, key) => fc.constant({ ...holder, [key]: [holder[key], holder[key]] })),
  'an object for a value': member((holder, key) =>
    fc.constantFrom('id', 'eq', '$ref', 'length').map((name) => ({ ...holder, [key]: { [name]: holder[key] } })),
  ),
  'a nest': member((holder, key) =>
    fc.constantFrom(10, 30, 31, 40).map((depth) => ({ ...holder, [key]: nest(depth) })),
  ),
  'a list around it': (draft) =>
    draft.body === undefined
      ? undefined
      : fc.constantFrom(1, 3).map((count) => ({ ...draft, body: Array.from({ length: count }, () => draft.body) })),
  'something else altogether': (draft) =>
    draft.operation.body ? fc.jsonValue({ maxDepth: 4 }).map((body) => ({ ...draft, body })) : undefined,
  'a key of the prototype': raw((text) => text.replace(/^\{/, '{"__proto__":{"polluted":1},')),
  'a hidden key of the prototype': raw((text) =>
    text.replace(/^\{/, '{"const\\u0072uctor":{"prototype":{"polluted":1}},'),
  ),
  'a member twice': raw((text) => text.replace(/^\{("(?:[^"\\]|\\.)*":)/, '{$1null,$1')),
  'an end missing': raw((text) => text.slice(0, -1)),
  'an end too many': raw((text) => `${text}}`),
  'a mark in front': raw((text) => `\ufeff${text}`),
  'bytes that are no text': raw((text) =>
    Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xc0, 0x80])]),
  ),
  'another encoding of text': raw((text) => Buffer.from(text, 'utf16le')),
  nothing: raw(() => ''),
  'more than is taken': raw((text) => text + ' '.repeat(1_048_577)),
  'a thousand keys': raw(() => `{${Array.from({ length: 1001 }, (_, at) => `"k${at}":1`).join()}}`),
};

const QUERY: Readonly<Record<string, Mutation>> = {
  'an unknown parameter': (draft) =>
    fc
      .constantFrom(
        'zz',
        '__proto__',
        'filter[__proto__][eq]',
        'constructor',
        'filter',
        'filter[a][b][c]',
        'limit[]',
        'sort[$gt]',
        '',
      )
      .map((name) => ({ ...draft, query: [...draft.query, [name, '1']] })),
  'a parameter twice': (draft) =>
    draft.query.length === 0
      ? undefined
      : fc.constantFrom(...draft.query).map((pair) => ({ ...draft, query: [...draft.query, pair] })),
  'an odd parameter': (draft) =>
    draft.query.length === 0
      ? undefined
      : fc.tuple(fc.nat(), fc.constantFrom(...ODD_PARAMETERS)).map(([at, value]) => ({
          ...draft,
          query: draft.query.map((pair, index) => (index === at % draft.query.length ? [pair[0], value] : pair)),
        })),
  'a broken escape': (draft) =>
    fc
      .constantFrom('%', '%zz', '%ff', '%c0%ae', '%ed%a0%80', '%u0041')
      .map((value) => ({ ...draft, query: [...draft.query, ['limit', value]] })),
  'a hundred parameters': always((draft) => ({
    ...draft,
    query: Array.from({ length: 101 }, (_, at) => [`p${at}`, '1'] as const),
  })),
};

const ODD_PARAMETERS = [
  '',
  '0',
  '-1',
  '1.5',
  '1e3',
  '99999999999',
  'null',
  '[]',
  '{}',
  '{"a":',
  '%00',
  '%F0%9F%92%A9',
  "'",
  '%22',
  ',',
  ',,',
  '*',
  '-',
  '--name',
  'x'.repeat(3000),
  '{%22any%22:[]}',
  '{%22$where%22:1}',
  'name.name.name',
  'assignee.email',
];

const HEADERS: Readonly<Record<string, Mutation>> = {
  'another media type': header(
    'Content-Type',
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    'multipart/form-data',
    'application/json;;;',
    'json',
    'application/x-www-form-urlencoded',
    'application/vnd.api+json',
    '',
  ),
  'a content encoding': header('Content-Encoding', 'gzip', 'br', 'deflate', 'identity', 'zstd', 'gzip, gzip'),
  'a stale version': header('If-Match', '"0"', '"999"', 'W/"1"', '"999999999999999"'),
  'no version': header('If-Match', '1', '"a"', '"-1"', '"1", "2"', '', '"1e3"'),
  'an odd idempotency key': header('Idempotency-Key', '', ' ', 'a b', 'x'.repeat(256), 'é'),
  'an idempotency key used before': header('Idempotency-Key', 'again-and-again'),
  'a foreign origin': header('Origin', 'https://evil.example', 'null', 'http://127.0.0.1', 'file://'),
  'a foreign site': header('Sec-Fetch-Site', 'cross-site', 'same-site', 'nonsense'),
  'other credentials': header(
    'Authorization',
    'Bearer',
    'Bearer x',
    'Basic eDp5',
    `Bearer ${'x'.repeat(600)}`,
    'Bearer a b',
    'bearer\tx',
  ),
  'another cookie': header(
    'Cookie',
    'casement=',
    'casement=x',
    `casement=${'x'.repeat(3000)}`,
    'casement=a; casement=b',
    '=;;=',
    '__proto__=1',
  ),
  'an odd Accept': header('Accept', 'image/png', '*/*;q=0', 'text/html', ''),
  'another language': header('Accept-Language', 'ru', 'xx-YY-zz', '*;q=9', ','.repeat(500)),
  'a wish for a part': header('Range', 'bytes=0-0', 'bytes=9999-', 'lines=1'),
  'a wish for another method': header('X-HTTP-Method-Override', 'DELETE', 'PUT'),
  'another host': header('Host', 'evil.example', '127.0.0.1:1', 'a b'),
  'an event seen': header('Last-Event-ID', '0', '-1', 'x', '1:2:3', '9'.repeat(30)),
  'what proxies say': header('X-Forwarded-For', '1.2.3.4', "'", '127.0.0.1, 10.0.0.1'),
};

const ADDRESS: Readonly<Record<string, Mutation>> = {
  'a body where none is': (draft) =>
    draft.operation.body
      ? undefined
      : fc.constantFrom('{}', '{"a":1}', '[]', '{', 'x').map((text) => ({ ...draft, raw: text })),
  'the id of a record one may not see': (draft, world) => {
    const known = Object.values(world.foreign);
    // Never for the owner: whoever may do everything could hand the secret to others.
    if (draft.caller === 'owner' || draft.caller === 'key' || !/\/[0-9a-f-]{36}/.test(draft.path)) return undefined;
    return fc.constantFrom(...known).map((id) => ({ ...draft, path: draft.path.replace(/[0-9a-f-]{36}/, id) }));
  },
  'the id of something else': (draft, world) =>
    fc
      .constantFrom('contact', 'deal', 'task', 'file', 'batch')
      .chain((kind) => idOf(world, kind))
      .map((id) => ({ ...draft, path: draft.path.replace(/[0-9a-f-]{36}/, id) })),
  'no id at all': (draft) =>
    fc
      .constantFrom(
        'x',
        '%00',
        '..',
        '%2e%2e%2f',
        "'",
        '0',
        'null',
        '[object%20Object]',
        'x'.repeat(2000),
        '%E0%A4%A',
        '%ff',
      )
      .map((id) => ({ ...draft, path: draft.path.replace(/[0-9a-f-]{36}/, id) })),
  'a slash too many': (draft) =>
    fc
      .constantFrom(
        (path: string) => `${path}/`,
        (path: string) => `/${path}`,
        (path: string) => `${path}/x`,
      )
      .map((change) => ({ ...draft, path: change(draft.path) })),
  'large letters': always((draft) => ({ ...draft, path: draft.path.toUpperCase() })),
  dots: always((draft) => ({ ...draft, path: `/app/..${draft.path}` })),
  'another method': (draft) =>
    fc
      .constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND', 'LOCK', 'PURGE', 'SEARCH')
      .map((method) => ({ ...draft, method })),
};

const UPLOADS: Readonly<Record<string, Mutation>> = {
  'another table': (draft, world) =>
    draft.operation.id === 'uploadTable'
      ? fc.constantFrom(...world.tables.bad).map((content) => ({ ...draft, ...tableUpload(content) }))
      : undefined,
  'another upload': (draft) => {
    if (!draft.operation.body?.types.includes('multipart/form-data')) return undefined;
    return fc
      .tuple(fc.constantFrom(...PARTS), fc.constantFrom(...CONTENTS))
      .map(([part, content]) => ({ ...draft, raw: multipart(part, Buffer.from(content, 'latin1')) }));
  },
};

const named = 'Content-Disposition: form-data; name="file"; filename=';
const PARTS = [
  `${named}"../../etc/x.png"\r\nContent-Type: image/png`,
  `${named}"a.png\u0000.html"\r\nContent-Type: image/png`,
  `${named}"a.html"\r\nContent-Type: text/html`,
  `${named}"a.svg"\r\nContent-Type: image/svg+xml`,
  `${named}""`,
  `${named}"${'x'.repeat(4000)}.png"\r\nContent-Type: image/png`,
  'Content-Disposition: form-data; name="__proto__"',
  'Content-Disposition: form-data',
  `${named}"a.csv"\r\nContent-Type: text/csv`,
  `${named}"a.json"\r\nContent-Type: application/json`,
  'X: y',
  '',
];
const CONTENTS = [
  '',
  'x',
  '\u0089PNG\r\n\u001a\n',
  '%PDF-1.4',
  'PK\u0003\u0004',
  'MZ',
  '<svg onload="x">',
  '__proto__,name\r\n1,2',
  '--b0',
  '\r\n--b0\r\n',
];

/** By the place they touch, so that each place comes up as often as the others. */
export const MUTATIONS: readonly Readonly<Record<string, Mutation>>[] = [
  BODY,
  BODY,
  QUERY,
  HEADERS,
  ADDRESS,
  { ...UPLOADS, ...BODY },
];

function nest(depth: number): unknown {
  return depth === 0 ? 1 : depth % 2 === 0 ? [nest(depth - 1)] : { a: nest(depth - 1) };
}
