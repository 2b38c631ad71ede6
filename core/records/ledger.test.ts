import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { sql } from '../storage/sql.ts';
import { ERASED } from './ledger-row.ts';
import { verifyLedger } from './verify-ledger.ts';

type Row = Record<string, string | number | null>;

const ENTITIES = ['client', 'deal', 'line', 'task'] as const;
const STAGES = ['new', 'offer', 'won', 'lost'] as const;
const NOT_REPLAYED = new Set(['id', 'version', 'createdAt', 'updatedAt', 'createdBy', 'updatedBy']);

/** One random step: which entity, which of its records, and what happens to it. */
const step = fc.record({
  entity: fc.constantFrom(...ENTITIES),
  op: fc.constantFrom('create', 'create', 'update', 'update', 'update', 'move', 'delete', 'restore', 'event'),
  pick: fc.nat(1000),
  other: fc.nat(1000),
  amount: fc.integer({ min: -9_999_999, max: 9_999_999 }).map((cents) => (cents / 100).toFixed(2)),
  text: fc.option(fc.string({ unit: 'grapheme', maxLength: 12 }), { nil: null }),
  stage: fc.constantFrom(...STAGES),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe.each(DIALECTS)('the ledger on %s', (dialect) => {
  let firm: RecordFirm;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
  });

  afterAll(() => firm.close());

  /** Runs a history; steps that the rules refuse leave nothing. Answers how many changes it asked for. */
  async function live(steps: readonly Step[]): Promise<void> {
    const made: Record<string, string[]> = { client: [], deal: [], line: [], task: [] };
    const some = (entity: string, at: number) => made[entity]![at % Math.max(1, made[entity]!.length)] ?? null;
    const boss = firm.be('sue', 'boss');
    for (const { entity, op, pick, other, amount, text, stage } of steps) {
      const id = some(entity, pick);
      const inputs: Record<string, RecordData> = {
        client: { name: text ?? 'C', phone: pick % 2 ? `+372 55${pick}123` : null, details: { a: [pick, text] } },
        deal: { name: text ?? 'D', customer: some('client', other), margin: amount, origin: some('deal', other) },
        line: { name: 'l', deal: some('deal', other), amount },
        task: { name: 't', deal: some('deal', other), about: about(some, pick, other) },
      };
      const work = async () => {
        if (op === 'create') {
          const record = await firm.records.write(boss, { op, entity, input: inputs[entity]! });
          made[entity]!.push(String(record['id']));
        } else if (id === null) return;
        else if (op === 'event') await firm.records.event(boss, { entity, id, kind: 'call.ended', data: { amount } });
        else if (op === 'move') await firm.records.write(boss, { op: 'update', entity, id, input: { stage } });
        else if (op === 'update') await firm.records.write(boss, { op, entity, id, input: inputs[entity]! });
        else await firm.records.write(boss, { op, entity, id });
      };
      await outcomeOf(work());
    }
  }

  function about(some: (entity: string, at: number) => string | null, pick: number, other: number): Value {
    const entity = pick % 2 ? 'client' : 'deal';
    const id = some(entity, other);
    return id === null ? null : { entity, id };
  }

  /** Every record as its changes alone tell it, figures of its children's changes included. */
  async function replayed(): Promise<ReadonlyMap<string, RecordData>> {
    const records = new Map<string, Record<string, Value>>();
    let after: string | undefined;
    for (;;) {
      const { changes, next, more } = await firm.records.changesSince(after === undefined ? {} : { after });
      for (const change of changes.filter(({ kind }) => !kind.includes('.'))) {
        for (const { entity, record, fields } of [change, ...change.derived]) {
          const state = records.get(`${entity}/${record}`) ?? {};
          records.set(`${entity}/${record}`, state);
          for (const [key, value] of Object.entries(fields)) {
            expect({ key, is: state[key] ?? empty(entity, key) }).toEqual({
              key,
              is: value.before ?? empty(entity, key),
            });
            state[key] = value.after;
          }
        }
      }
      after = next;
      if (!more) return records;
    }
  }

  function empty(entity: string, key: string): Value {
    return firm.model.entity(entity).fields.get(key)?.reference?.many ? [] : null;
  }

  test(
    'R-67: every write leaves one change, and a record is the replay of its changes',
    { timeout: 120_000 },
    async () => {
      const history = fc.array(step, { minLength: 30, maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          await live(steps);
          const told = await replayed();
          for (const entity of firm.model.entities.values()) {
            const { data } = await firm.records.list(firm.system, {
              entity: entity.name,
              limit: 1000,
              deleted: 'with',
            });
            for (const record of data) {
              const state = told.get(`${entity.name}/${String(record['id'])}`) ?? {};
              for (const [key, value] of Object.entries(record)) {
                if (NOT_REPLAYED.has(key)) continue;
                expect({ key, is: state[key] ?? empty(entity.name, key) }).toEqual({ key, is: value });
              }
            }
          }
          const report = await verifyLedger(firm.db, firm.model, { values: true });
          expect(report.faults).toEqual([]);
        }),
        { numRuns: 4, seed: 20_260 },
      );
    },
  );

  describe('R-67: tampering is found:', () => {
    let rows: readonly Row[];
    let deal: string;

    beforeAll(async () => {
      const boss = firm.be('sue', 'boss');
      const client = await firm.add('client', { name: 'T' });
      deal = await firm.add('deal', { name: 'D', customer: client });
      for (const name of ['E', 'F', 'G'])
        await firm.records.write(
          { ...boss, batch: 'b1' },
          { op: 'update', entity: 'deal', id: deal, input: { name }, note: 'why' },
        );
      await firm.records.event(boss, { entity: 'deal', id: deal, kind: 'call.ended', data: { minutes: 3 } });
      rows = await changesOf();
    });

    const changesOf = () =>
      firm.db.read<Row>(sql`select * from "_changes" where "entity" = 'deal' and "record" = ${deal} order by "seq"`);

    /** What verification says while the deed stands; then all is put back. */
    async function afterDeed(deed: () => Promise<unknown>): Promise<readonly string[]> {
      const changes = await firm.db.read<Row>(sql`select * from "_changes" order by "seq"`);
      const subjects = await firm.db.read<Row>(sql`select * from "_subjects"`);
      try {
        await deed();
        const report = await verifyLedger(firm.db, firm.model, { values: true });
        return report.faults.map(({ record }) => record);
      } finally {
        await putBack({ _changes: changes, _subjects: subjects });
      }
    }

    async function putBack(tables: Readonly<Record<string, readonly Row[]>>): Promise<void> {
      await firm.db.transaction(async (tx) => {
        for (const [table, stored] of Object.entries(tables)) {
          await tx.run(sql`delete from ${sql.id(table)}`);
          for (const row of stored) {
            const { xid: _xid, ...values } = row;
            await tx.run(
              sql`insert into ${sql.id(table)} (${namesOf(values)}) values (${sql.join(Object.values(values))})`,
            );
          }
        }
      });
    }

    const namesOf = (row: Row) => sql.join(Object.keys(row).map((key) => sql.id(key)));

    const run = (fragment: ReturnType<typeof sql>) => firm.db.transaction((tx) => tx.run(fragment));

    test('nothing was done, nothing is found', async () => {
      expect(await afterDeed(async () => undefined)).toEqual([]);
    });

    test('any column of any change', { timeout: 60_000 }, async () => {
      const columns = Object.keys(rows[0]!).filter((key) => key !== 'seq' && key !== 'xid');
      expect(columns).toHaveLength(22);
      for (const column of columns) {
        for (const row of rows) {
          const value = row[column];
          const altered = typeof value === 'number' ? value + 1 : value === null ? 'x' : `${value!.slice(0, -1)}~`;
          const found = await afterDeed(() =>
            run(sql`update "_changes" set ${sql.id(column)} = ${altered} where "seq" = ${row['seq']}`),
          );
          expect([column, found.length > 0]).toEqual([column, true]);
        }
      }
    });

    test('a change taken out, wherever it stood', async () => {
      for (const row of rows)
        expect(await afterDeed(() => run(sql`delete from "_changes" where "seq" = ${row['seq']}`))).toContain(deal);
    });

    test('all changes of a record taken out', async () => {
      const found = await afterDeed(async () => {
        await run(sql`delete from "_subjects" where "seq" in (select "seq" from "_changes" where "record" = ${deal})`);
        await run(sql`delete from "_changes" where "record" = ${deal}`);
      });
      expect(found).toEqual([deal]);
    });

    test('a change put in', async () => {
      for (const { seq: _seq, xid: _xid, ...row } of rows) {
        const copy = { ...row, id: `${String(row['id']).slice(0, -1)}x` };
        const names = sql.join(Object.keys(copy).map((key) => sql.id(key)));
        expect(
          await afterDeed(() => run(sql`insert into "_changes" (${names}) values (${sql.join(Object.values(copy))})`)),
        ).toContain(deal);
      }
    });

    test('two changes that have changed places, with their places on timelines or without', async () => {
      const [, first, second] = rows;
      const swap = async (table: string) => {
        const move = (from: unknown, to: unknown) =>
          run(sql`update ${sql.id(table)} set "seq" = ${to} where "seq" = ${from}`);
        await move(first!['seq'], 1_000_000);
        await move(second!['seq'], first!['seq']);
        await move(1_000_000, second!['seq']);
      };
      expect(await afterDeed(() => swap('_changes'))).toContain(deal);
      expect(
        await afterDeed(async () => {
          await swap('_changes');
          await swap('_subjects');
        }),
      ).toContain(deal);
    });

    test('a change moved to the end of the ledger', async () => {
      for (const row of rows.slice(0, -1))
        expect(
          await afterDeed(() => run(sql`update "_changes" set "seq" = 2000000 where "seq" = ${row['seq']}`)),
        ).toContain(deal);
    });

    test('a change put on or taken off a timeline', async () => {
      const seq = rows[1]!['seq'];
      expect(
        await afterDeed(() =>
          run(sql`insert into "_subjects" ("seq", "entity", "record") values (${seq}, 'client', 'x')`),
        ),
      ).toEqual([deal]);
      expect(
        await afterDeed(() => run(sql`delete from "_subjects" where "seq" = ${seq} and "entity" = 'client'`)),
      ).toEqual([deal]);
    });

    test.each([
      ['a value', sql`"name" = 'forged', "name_f" = 'forged'`],
      ['a version', sql`"version" = 77`],
      ['the bin', sql`"deletedAt" = '2026-01-01T00:00:00.000Z'`],
    ])('%s of a record changed past the one write', async (_what, set) => {
      const [stored] = await firm.db.read<Row>(
        sql`select "name", "name_f", "version" from "deal" where "id" = ${deal}`,
      );
      expect(await afterDeed(() => run(sql`update "deal" set ${set} where "id" = ${deal}`))).toEqual([deal]);
      await run(
        sql`update "deal" set "name" = ${stored!['name']}, "name_f" = ${stored!['name_f']}, "version" = ${stored!['version']}, "deletedAt" = null where "id" = ${deal}`,
      );
    });

    test('a record made past the one write', async () => {
      const id = '018f0000-0000-7000-8000-00000000beef';
      const made = sql`insert into "tag" ("id", "version", "createdAt", "updatedAt", "name", "name_f")
        values (${id}, 1, '2026-01-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z', 'x', 'x')`;
      expect(await afterDeed(() => run(made))).toEqual([id]);
      await run(sql`delete from "tag" where "id" = ${id}`);
    });

    test('what erasure has emptied still verifies, and its history can be read', async () => {
      const row = rows[1]!;
      await run(sql`update "_changes" set "data" = ${ERASED}, "note" = null, "salt" = '' where "seq" = ${row['seq']}`);
      const report = await verifyLedger(firm.db, firm.model, { values: true });
      expect([report.faults, report.erased]).toEqual([[], 1]);
      const { data } = await firm.records.changes(firm.be('sue', 'boss'), { entity: 'deal', id: deal });
      expect(data.find(({ seq }) => seq === Number(row['seq']))).toMatchObject({ kind: 'updated', fields: {} });
      expect(
        await afterDeed(() => run(sql`update "_changes" set "principalId" = 'x' where "seq" = ${row['seq']}`)),
      ).toEqual([deal]);
    });
  });
});
