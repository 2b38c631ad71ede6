import { uuidv7 } from 'uuidv7';
import type { Transaction } from '../../core/context.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import type { Database } from '../../core/storage/database.ts';
import { applyPlan, planSchema } from '../../core/storage/plan.ts';
import { insertRecord } from '../../core/storage/rows.ts';
import { indexNewRecords } from '../../core/storage/search.ts';
import { join, sql } from '../../core/storage/sql.ts';
import { modelOf } from './model.ts';
import { AT, stamped } from './selection.ts';

/** An entity with a field of every type, and another one to point to. */
export const EVERYTHING = modelOf({
  everything: {
    fields: {
      text: { type: 'text', maxLength: 50 },
      notes: { type: 'richText' },
      whole: { type: 'integer' },
      measure: { type: 'number' },
      share: { type: 'decimal', scale: 3 },
      price: { type: 'money' },
      yen: { type: 'money', currency: 'JPY' },
      done: { type: 'boolean' },
      day: { type: 'date' },
      at: { type: 'dateTime' },
      length: { type: 'duration' },
      choice: { type: 'select', options: ['a', 'walk-in'] },
      choices: { type: 'multiSelect', options: ['x', 'y', 'z'] },
      email: { type: 'email' },
      phone: { type: 'phone' },
      url: { type: 'url' },
      place: { type: 'address' },
      one: { type: 'reference', to: 'everything' },
      several: { type: 'reference', to: ['everything', 'other'] },
      many: { type: 'reference', to: 'other', many: true, inverse: 'everythings' },
      file: { type: 'file' },
      picture: { type: 'image' },
      sign: { type: 'signature' },
      number: { type: 'sequence', sequence: 'N-{0000}', unique: true },
      extra: { type: 'json' },
    },
  },
  other: { fields: { name: { type: 'text', required: true } } },
});

/** A value of every type that a careless database changes. */
export const EDGES: readonly RecordData[] = [
  {
    text: 'Ķēpa "x" \\ / \u0001\t\n\u007f\u2028 🪟 <b>\'',
    notes: '<p>Hello &amp; bye</p>',
    whole: 9007199254740991,
    measure: 0.1,
    share: '-0.005',
    price: '92233720368547758.07',
    yen: '1200',
    done: true,
    day: '2024-02-29',
    at: '2026-10-25T00:30:00.007Z',
    length: 'PT15M',
    choice: 'walk-in',
    choices: ['x', 'z'],
    email: 'Anna.Tamm@example.ee',
    phone: '+37251234567',
    'phone:typed': '512 345 67',
    url: 'https://example.com/?a=1&b="2"',
    place: 'Tee 1\nTartu',
    file: { id: '01890000-0000-7000-8000-000000000001', name: 'ä "1".pdf', type: 'application/pdf', size: 12 },
    number: 'N-0001',
    extra: { b: [1, 0.1, 1e21, null, true, 'ķ\n'], a: { '2': 'x', '10': 1 } },
  },
  {
    whole: '9223372036854775807',
    measure: 5e-324,
    share: '0.000',
    price: '-0.01',
    yen: '-1',
    done: false,
    day: '0001-01-01',
    at: '9999-12-31T23:59:59.999Z',
  },
  {
    whole: '-9223372036854775808',
    measure: 1.7976931348623157e308,
    share: '-9223372036854775.808',
    price: '-92233720368547758.08',
    day: '9999-12-31',
    at: '0001-01-01T00:00:00.000Z',
  },
  { whole: -9007199254740991, measure: 123456789012345680000, text: '', extra: [], choices: null },
  { whole: 0, measure: -1.5e-7, price: '1234.50', share: '12.340' },
];

const WORDS = ['Anna', 'Ķēpa', 'окно', 'Tür', '🪟', 'a\nb', '"', "O'Neil", '\\N', '{x}', '%', '\u2028', 'NULL', ' '];

/** The tables of `EVERYTHING`, empty. */
export async function prepareEverything(db: Database): Promise<void> {
  await applyPlan(db, await planSchema(db, EVERYTHING));
}

export interface FillOptions {
  readonly count: number;
  /** The number of the first record: fill again with another one to add to what is there. */
  readonly from?: number;
  readonly report?: (done: number) => void;
}

/**
 * Records of every type, the edge values among them, pointing back, forward and to one another, some deleted, each with a change, its
 * subject and its search texts; besides, a few rows of the other system tables.
 */
export async function fillEverything(db: Database, { count, from = 0, report }: FillOptions): Promise<void> {
  const others = Array.from({ length: 10 }, (_, index) => stamped({ name: `Other ${from + index}` }));
  await db.transaction(async (tx) => {
    for (const other of others) await insertRecord(tx, EVERYTHING.entity('other'), other);
    await tx.run(sql`insert into "_counters" ("key", "value") values (${`c${from}`}, ${2 ** 53 - 1})`);
    await tx.run(sql`insert into "_jobs" ("id", "kind", "key", "payload", "due", "state", "attempts", "maxAttempts", "fence", "createdAt")
      values (${uuidv7()}, 'x', ${`k${from}`}, '{"a":"ķ"}', ${9223372036854775807n}, 'waiting', 0, 5, 0, 1)`);
    await tx.run(sql`insert into "_job_log" ("job", "at", "message") values ('x', 1, '')`);
    await tx.run(sql`insert into "_credentials" ("user", "hash") values (${uuidv7()}, 'hash')`);
  });
  const ids = Array.from({ length: count }, () => uuidv7());
  for (let start = 0; start < count; start += 500) {
    await db.transaction(async (tx) => {
      for (let at = start; at < Math.min(count, start + 500); at += 1) {
        const record = recordOf(from + at, { ids, at, others: others.map(({ id }) => id) });
        await insertRecord(tx, EVERYTHING.entity('everything'), { ...record, one: null });
        const texts = [{ field: 'text', text: String(record['text'] ?? '') }];
        await indexNewRecords(tx, 'everything', [{ record: ids[at]!, texts }]);
      }
      await appendChanges(tx, ids.slice(start, start + 500));
    });
    report?.(Math.min(count, start + 500));
  }
  // Forward, to itself and in circles: no order of the rows has every target first.
  await db.transaction(async (tx) => {
    for (let at = 0; at < Math.min(count, 300); at += 1)
      await tx.run(sql`update "everything" set "one" = ${ids[count - 1 - at]!} where "id" = ${ids[at]!}`);
  });
}

async function appendChanges(tx: Transaction, ids: readonly string[]) {
  const rows = ids.map(
    (id) => sql`(${uuidv7()}, ${AT}, 'everything', ${id}, 'created', '{"fields":{}}', 'system', 'system', 'cli', 0, 'n',
      '0000000000001-0000-n', 1, 'p', 's', 'h')`,
  );
  const made = await tx.all<{
    seq: number;
    record: string;
  }>(sql`insert into "_changes" ("id", "at", "entity", "record", "kind",
    "data", "principalKind", "principalName", "door", "depth", "node", "hlc", "version", "payloadHash", "salt", "hash")
    values ${join(rows)} returning "seq", "record"`);
  const subjects = made.map(({ seq, record }) => sql`(${seq}, 'everything', ${record})`);
  await tx.run(sql`insert into "_subjects" ("seq", "entity", "record") values ${join(subjects)}`);
}

function recordOf(
  number: number,
  of: { readonly ids: readonly string[]; readonly at: number; readonly others: readonly string[] },
): RecordData {
  const edge = number < EDGES.length * 40 ? EDGES[number % EDGES.length]! : {};
  const word = WORDS[number % WORDS.length]!;
  const random = Math.sin(number + 1);
  const values: RecordData = {
    text: `${word} ${number}`,
    notes: number % 50 === 0 ? `<p>${word.repeat(2000)}</p>` : null,
    whole: number % 3 === 0 ? String(BigInt(Math.round(random * 2 ** 52)) * 1999n) : number,
    measure: random * 10 ** ((number % 600) - 300),
    share: (random * 1000).toFixed(3),
    price: (random * 1e9).toFixed(2),
    yen: String(number),
    done: number % 3 === 0 ? null : number % 2 === 0,
    day: new Date(number * 86_400_000).toISOString().slice(0, 10),
    at: new Date(number * 3_600_007).toISOString(),
    length: `PT${number % 60}M`,
    choice: number % 4 === 0 ? 'a' : null,
    choices: number % 5 === 0 ? ['x', 'y'] : null,
    email: `a${number}@example.ee`,
    phone: '+37251234567',
    'phone:typed': `5123 45 67 ${number % 10}`,
    url: `https://example.com/${number}`,
    place: 'Tee 1\nTartu',
    picture: { id: uuidv7(), name: `ä${number}.png`, type: 'image/png', size: number },
    extra: { n: number, a: [1, 0.1, null, word] },
    ...edge,
    number: `N-${number}`,
  };
  const target = of.ids[Math.max(0, of.at - 1)]!;
  return {
    ...values,
    ...stamped(),
    id: of.ids[of.at]!,
    createdBy: number % 2 === 0 ? target : null,
    deletedAt: number % 97 === 0 ? AT : null,
    several:
      number % 2 === 0
        ? { entity: 'other', id: of.others[number % 10]! }
        : { entity: 'everything', id: of.ids[of.at]! },
    many: number % 7 === 0 ? [of.others[9]!, of.others[0]!] : [],
  };
}
