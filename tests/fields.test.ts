import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FieldType } from '../core/fields/field-type.ts';
import { createFieldTypes } from '../core/fields/registry.ts';
import { DIALECTS } from './support/databases.ts';
import type { Dialect } from './support/databases.ts';
import { openFieldLab } from './support/field-lab.ts';
import type { FieldLab } from './support/field-lab.ts';
import { FIXTURES } from './support/fields/all.ts';
import type { FieldFixture } from './support/fields/fixture.ts';
import type { Reply } from './support/http-app.ts';

/** Every field type through every door on both databases, from one fixture per type. */

const TYPES = createFieldTypes();

const KINDS: ReadonlySet<string> = new Set(['eq', 'lt', 'in', 'startsWith', 'some', 'empty']);

/** Operands that no honest caller sends, and some that fit one type or another. */
const HOSTILE: readonly unknown[] = [
  null,
  '',
  [],
  [null],
  {},
  1e308,
  '99999999999999999999999',
  "' or 1=1 --",
  'a\u0000',
  '\ud800',
  '9999-12-31',
  '0000-00-00',
  'x'.repeat(3_000),
  '$me',
  '$myTeam',
  { $now: '-1d' },
];

/** What each database has answered, for the comparison at the end. */
const transcripts: Readonly<Record<Dialect, Map<string, string[]>>> = { sqlite: new Map(), postgres: new Map() };

test('every field type a definition can name has a fixture', () => {
  const covered = new Set(FIXTURES.map(({ type }) => type));
  // No definition names `id`: every record has one, and the tests of references use it.
  expect([...TYPES.keys()].filter((name) => name !== 'id' && !covered.has(name))).toEqual([]);
});

describe.each(DIALECTS)('on %s', (dialect) => {
  let lab: FieldLab;
  let validate: (record: unknown) => unknown;

  beforeAll(async () => {
    lab = await openFieldLab(dialect);
    const document = (await lab.owner('GET', '/openapi.json')).json;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'api' });
    const compiled = ajv.compile({ $ref: 'api#/components/schemas/Sample' });
    validate = (record) => (compiled(record) ? null : compiled.errors);
  });
  afterAll(() => lab?.close());

  describe.each(FIXTURES.map((fixture) => [fixture.key, fixture] as const))('%s', (key, fixture) => {
    const type = TYPES.get(fixture.type)!;
    const ids: string[] = [];
    /** As `/model` tells the screens. */
    let operators: readonly string[] = [];
    const said: string[] = [];
    transcripts[dialect].set(key, said);

    const keep = (reply: Reply): Reply => {
      said.push(lab.label(reply));
      return reply;
    };
    const found = (reply: Reply): readonly string[] => {
      expect(reply.status, reply.text).toBe(200);
      return (reply.json['data'] as readonly { id: string }[]).map(({ id }) => id);
    };
    const at = (...indexes: readonly number[]) => indexes.map((index) => ids[index]!);
    const all = () => [...fixture.values.keys()];
    const filtered = async (filter: unknown, parameters?: string) =>
      found(keep(await lab.list(fixture, filter, `${parameters ?? ''}&sort=name`)));

    beforeAll(async () => {
      operators = await lab.operators(key);
      for (const [index, value] of [...fixture.values, null].entries()) {
        if (fixture.made === true && value === null) continue;
        const { given, read } = await lab.resolve({ given: idsOfFiles(type, value), read: value });
        const reply = keep(
          await lab.create(fixture, { name: `${key} ${index}`, ...(fixture.made ? {} : { [key]: given }) }),
        );
        expect(reply.status, reply.text).toBe(201);
        expect(reply.json[key]).toEqual(read ?? emptyOf(fixture));
        ids.push(String(reply.json['id']));
      }
    });

    test('reads back as it was stored, in the shape the OpenAPI tells (R-16, R-22, R-23, R-24)', async () => {
      for (const id of ids) {
        const reply = keep(await lab.owner('GET', `/api/samples/${id}`));
        expect(validate(reply.json)).toBeNull();
      }
      keep(await lab.list(fixture, undefined, `&fields=name,${key}&sort=name`));
    });

    test('takes every valid value by create, update, nested create and form, to one canonical form', async () => {
      for (const pair of fixture.valid) {
        const { given, read } = await lab.resolve(pair);
        const made = keep(await lab.create({ ...fixture, key: 'valid' }, { [key]: given }));
        expect([made.status, made.json[key]], made.text).toEqual([201, read]);
        expect(validate(made.json)).toBeNull();
        await changes(made, read);
        await nested(pair);
        await form(pair);
      }
    });

    /** Sent back as it was read it is no change; taken out and put in again it stands in the ledger before and after. */
    async function changes(made: Reply, read: unknown): Promise<void> {
      const path = `/api/samples/${String(made.json['id'])}`;
      const back = keep(await lab.owner('PATCH', path, { [key]: read }));
      expect([back.status, back.json['version']], back.text).toEqual([200, 1]);
      const emptied = keep(await lab.owner('PATCH', path, { [key]: null }));
      expect([emptied.status, emptied.json[key]]).toEqual([200, emptyOf(fixture)]);
      const history = keep(await lab.owner('GET', `${path}/changes`));
      const [last, first] = history.json['data'] as readonly { fields: Record<string, unknown> }[];
      if (isEmpty(read)) return;
      expect(last?.fields[key]).toEqual({ before: read, after: emptyOf(fixture) });
      expect(first?.fields[key]).toEqual({ before: null, after: read });
    }

    async function nested(pair: { given: unknown; read: unknown }): Promise<void> {
      const { given, read } = await lab.resolve(pair);
      const parent = await lab.owner('POST', '/api/parents', { name: key, samples: [{ name: 'child', [key]: given }] });
      expect(parent.status, parent.text).toBe(201);
      const read1 = keep(await lab.owner('GET', `/api/parents/${String(parent.json['id'])}?expand=samples`));
      expect((read1.json['samples'] as readonly Record<string, unknown>[])[0]?.[key]).toEqual(read);
    }

    async function form(pair: { given: unknown; read: unknown }): Promise<void> {
      if (fixture.form === false) return;
      const batch = `form ${key} ${said.length}`;
      const reply = keep(await lab.postForm({ batch, [key]: pair.given }));
      expect(reply.status, reply.text).toBe(201);
      const list = keep(await lab.list({ ...fixture, key: batch }, undefined));
      const [record] = list.json['data'] as readonly Record<string, unknown>[];
      // A form takes the blanks around a text for slips of the hand.
      const read = typeof pair.read === 'string' && typeof pair.given === 'string' ? pair.read.trim() : pair.read;
      expect(record?.[key]).toEqual(read);
    }

    test('refuses every invalid value by each door, with its code, and stores nothing (R-16, R-19)', async () => {
      for (const refusal of fixture.invalid) {
        const { given, code } = await lab.resolve(refusal);
        const expected = [[`/${key}`, code]];
        const codes = (reply: Reply) =>
          reply.status === 422 &&
          (reply.json['errors'] as readonly { path: string; code: string }[]).map((e) => [e.path, e.code]);
        const refused = { ...fixture, key: 'refused' };
        const created = keep(await lab.create(refused, { [key]: given }));
        expect(codes(created), `${JSON.stringify(given)} ${created.text}`).toEqual(expected);
        expect(found(await lab.list(refused, undefined))).toEqual([]);
        // The record without a value: into one with a value a part of an object would be merged (RFC 7396).
        const patched = keep(await lab.owner('PATCH', `/api/samples/${ids.at(-1)!}`, { [key]: given }));
        expect(codes(patched), patched.text).toEqual(expected);
        const child = [{ name: 'child', [key]: given }];
        const inside = keep(await lab.owner('POST', '/api/parents', { name: key, samples: child }));
        expect(codes(inside), inside.text).toEqual([[`/samples/0/${key}`, code]]);
        if (fixture.form === false) continue;
        const posted = keep(await lab.postForm({ batch: 'refused form', [key]: given }));
        if (posted.status === 201) expect(typeof given === 'string' && given !== given.trim()).toBe(true);
        else expect(codes(posted), posted.text).toEqual(expected);
      }
    });

    test('filters by every operator it declares, and by no other', async () => {
      const values = await Promise.all(fixture.values.map((value) => lab.resolve(value)));
      const last = fixture.made ? [] : [fixture.values.length];
      for (const operator of operators) {
        for (const [operand, indexes] of cases(operator, { fixture, values, last })) {
          const filter = await lab.resolve({ [key]: { [operator]: operand } });
          expect(await filtered(filter), JSON.stringify(filter)).toEqual(at(...indexes));
        }
      }
      const { spellings } = await lab.resolve({ spellings: fixture.spellings ?? [] });
      for (const [operand, index] of spellings)
        expect(await filtered({ [key]: { eq: operand } }), JSON.stringify(operand)).toEqual(at(index));
      const unknown = ['gt', 'contains', 'eq', 'in'].find((name) => !operators.includes(name));
      if (unknown !== undefined) {
        expect(keep(await lab.list(fixture, { [key]: { [unknown]: values[0] } })).status).toBe(400);
      }
    });

    test('answers 200 or 400 whatever it is compared with (R-03, R-21, R-26)', async () => {
      // One of each kind: the others are compared in the same way.
      for (const operator of operators.filter((name) => KINDS.has(name))) {
        for (const operand of [...HOSTILE, { $field: key }]) {
          const reply = keep(await lab.list(fixture, { [key]: { [operator]: operand } }, '&sort=name&fields=name'));
          expect([200, 400], `${operator} ${JSON.stringify(operand)} ${reply.text}`).toContain(reply.status);
        }
      }
    });

    test('filters in brackets, where every operand is a text', async () => {
      if (!operators.includes('eq')) return;
      for (const [index, value] of (await lab.resolve({ values: fixture.values })).values.entries()) {
        if (typeof value === 'object') continue;
        const query = `filter[${key}]=${encodeURIComponent(String(value))}&filter[batch]=${key}`;
        expect(found(keep(await lab.owner('GET', `/api/samples?${query}`)))).toEqual(at(index));
      }
    });

    test('sorts up and down, empty last', async () => {
      if (key === 'many') return;
      const up = found(keep(await lab.list(fixture, undefined, `&sort=${key}`)));
      const down = found(keep(await lab.list(fixture, undefined, `&sort=-${key}`)));
      if (fixture.type === 'reference' || type.file || fixture.type === 'json') {
        expect([...up].sort()).toEqual([...ids].sort());
        return;
      }
      const filled = at(...all());
      const empty = ids.slice(fixture.values.length);
      expect(up).toEqual([...filled, ...empty]);
      expect(down).toEqual([...filled.reverse(), ...empty]);
      await pages(up);
    });

    /** One by one with a cursor gives what one page gives. */
    async function pages(whole: readonly string[]): Promise<void> {
      const seen: string[] = [];
      let after = '';
      do {
        const page = await lab.list(fixture, undefined, `&sort=${key}&limit=1${after}`.replace('limit=1000', ''));
        if (page.status === 400) return;
        seen.push(...found(page));
        const { next } = page.json;
        after = typeof next === 'string' ? `&after=${encodeURIComponent(next)}` : '';
      } while (after !== '' && seen.length < 20);
      expect(seen).toEqual(whole);
    }

    test('is found by what people type', async () => {
      for (const [words, indexes] of fixture.search ?? []) {
        expect(await filtered(undefined, `&search=${encodeURIComponent(words)}`), words).toEqual(at(...indexes));
        keep(await lab.owner('GET', `/search?limit=50&q=${encodeURIComponent(words)}`));
      }
      expect((fixture.search ?? []).length > 0).toBe(type.searchText !== undefined);
    });

    test('is grouped and counted, summed where it is a number', async () => {
      const filter = encodeURIComponent(JSON.stringify({ batch: key }));
      const aggregate = (rest: string) => lab.owner('GET', `/api/samples/aggregate?filter=${filter}&${rest}`);
      const grouped = keep(await aggregate(`group=${key}&measures=count`));
      if (key === 'many') expect(grouped.status).toBe(400);
      else {
        expect(grouped.status, grouped.text).toBe(200);
        const groups = grouped.json['data'] as readonly Record<string, unknown>[];
        expect(groups).toHaveLength(ids.length);
        expect(groups.every((group) => group['count'] === 1)).toBe(true);
        if (!type.file) {
          const { values } = await lab.resolve({ values: fixture.values });
          expect(groups.map((group) => group[key])).toEqual(expect.arrayContaining([...values]));
        }
      }
      const measures = ['sum', 'avg', 'min', 'max'].map((name) => `${name}(${key})`);
      for (const measure of measures) keep(await aggregate(`measures=${measure}`));
      if (fixture.figures) {
        const figures = await aggregate(`measures=${measures.slice(0, 2).join(',')}`);
        expect(figures.json['data']).toEqual([
          { [measures[0]!]: fixture.figures.sum, [measures[1]!]: fixture.figures.avg },
        ]);
      }
      if (!operators.includes('gt')) return;
      const ends = await aggregate(`measures=${measures.slice(2).join(',')}`);
      expect(ends.json['data'], ends.text).toEqual([
        { [measures[2]!]: fixture.values[0], [measures[3]!]: fixture.values.at(-1) },
      ]);
    });

    test('opens what it points to', async () => {
      const reply = keep(await lab.owner('GET', `/api/samples/${ids[0]!}?expand=${key}`));
      if (fixture.type !== 'reference') return expect(reply.status).toBe(400);
      const [first] = [reply.json[key]].flat() as readonly Record<string, unknown>[];
      expect(first).toMatchObject({ name: 'a', version: 1 });
      expect(validate(reply.json)).toBeNull();
    });
  });
});

describe('both databases', () => {
  test.each(FIXTURES.map(({ key }) => key))(
    '%s: have given the same answers, byte for byte (R-16, R-22, R-23, R-24)',
    (key) => {
      const answers = transcripts.sqlite.get(key);
      expect(answers?.length).toBeGreaterThan(5);
      expect(transcripts.postgres.get(key)).toEqual(answers);
    },
  );
});

interface Filtering {
  readonly fixture: FieldFixture;
  readonly values: readonly unknown[];
  /** Index of the record without a value. */
  readonly last: readonly number[];
}

/** Operands of one operator → the indexes they find. */
function cases(
  operator: string,
  { fixture, values, last }: Filtering,
): readonly (readonly [unknown, readonly number[]])[] {
  const indexes = [...values.keys()];
  const each = (wanted: (index: number, of: number) => boolean, more: readonly number[] = []) =>
    values.map((value, of) => [value, [...indexes.filter((index) => wanted(index, of)), ...more]] as const);
  const two = [values[0], values.at(-1)];
  switch (operator) {
    case 'eq':
      return [...each((index, of) => index === of), [null, last]];
    case 'ne':
      return [...each((index, of) => index !== of, last), [null, indexes]];
    case 'gt':
      return each((index, of) => index > of);
    case 'gte':
      return each((index, of) => index >= of);
    case 'lt':
      return each((index, of) => index < of);
    case 'lte':
      return each((index, of) => index <= of);
    case 'in':
      return [
        [two, [...new Set([0, values.length - 1])]],
        [
          [...two, null],
          [...new Set([0, values.length - 1]), ...last],
        ],
        [[], []],
      ];
    case 'nin':
      return [
        [two, [...indexes.slice(1, -1), ...last]],
        [[], [...indexes, ...last]],
      ];
    case 'empty':
      return [
        [true, last],
        [false, indexes],
      ];
    case 'contains':
      return wanted(fixture.parts?.contains);
    case 'startsWith':
      return wanted(fixture.parts?.startsWith);
    case 'some':
    case 'none':
    case 'every':
      return wanted(fixture.quantified?.[operator]);
    default:
      throw new Error(`say in this test what "${operator}" finds`);
  }
}

/** A fixture must say what an operator finds that its type declares. */
function wanted<T>(told: readonly T[] | undefined): readonly T[] {
  if (told === undefined || told.length === 0) throw new Error('the fixture does not say what this operator finds');
  return told;
}

/** A list of references is empty, everything else null. */
function emptyOf(fixture: FieldFixture): unknown {
  return fixture.key === 'many' ? [] : null;
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** A file is given by its id. */
function idsOfFiles(type: FieldType, value: unknown): unknown {
  return type.file && value !== null && typeof value === 'object' && 'id' in value ? value.id : value;
}
