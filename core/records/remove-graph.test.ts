import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openSmallFirm } from '../../tests/support/small-firm.ts';
import type { SmallFirm } from '../../tests/support/small-firm.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { sql } from '../storage/sql.ts';
import { verifyLedger } from './verify-ledger.ts';

const reference = (onDelete: string, more: object = {}) => ({
  'x-field': { type: 'reference', to: 'node', onDelete, ...more },
});
const FILES = {
  'schemas/entities/node.json': {
    $schema: 'x',
    $id: 'node',
    title: 'Node',
    type: 'object',
    additionalProperties: false,
    'x-entity': { plural: 'nodes', display: '{{name}}' },
    required: ['name'],
    properties: {
      name: { type: 'string', maxLength: 20 },
      up: reference('cascade'),
      held: reference('restrict'),
      near: reference('clear'),
      beside: reference('clear', { many: true }),
    },
  },
};

const SIZE = 8;
const to = fc.option(fc.nat(SIZE - 1), { nil: null, freq: 1 });
/** Who points to whom, by place; also to himself and in circles. */
const graph = fc.record({
  nodes: fc.array(
    fc.record({
      up: to,
      near: to,
      held: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(SIZE - 1) }),
      beside: fc.uniqueArray(fc.nat(SIZE - 1), { maxLength: 2 }),
    }),
    { minLength: SIZE, maxLength: SIZE },
  ),
  first: fc.nat(SIZE - 1),
});

/** whatever points to what, a deletion takes along what hangs on the record, is held by the rest, and can be taken back whole. */
describe.each(DIALECTS)('random graphs of records on %s', (dialect) => {
  let firm: SmallFirm;
  let system: Context;

  beforeAll(async () => {
    firm = await openSmallFirm(dialect, FILES);
    system = firm.as({ kind: 'system', reason: 'test' });
  });

  afterAll(() => firm.close());

  const write = (op: 'delete' | 'restore', id: string) => firm.records.write(system, { op, entity: 'node', id });
  const all = async (ids: readonly string[]) => {
    const { data } = await firm.records.list(system, {
      entity: 'node',
      filter: { id: { in: ids } },
      limit: 1000,
      deleted: 'with',
      sort: ['id'],
    });
    return new Map(data.map((record) => [String(record['id']), record]));
  };
  const isDead = (record: RecordData) => record['deletedAt'] !== null;
  const plain = ({ version: _version, updatedAt: _updatedAt, ...rest }: RecordData) => rest;
  const changes = async () => firm.db.read(sql`select count(*) as "count" from "_changes"`);

  test('cascade, restrict, clear and the way back', { timeout: 180_000 }, async () => {
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(graph, async ({ nodes, first }) => {
        const ids: string[] = [];
        for (let index = 0; index < SIZE; index += 1) ids.push(await firm.add('node', { name: `n${index}` }));
        const at = (place: number | null) => (place === null ? null : ids[place]!);
        for (const [index, { up, near, held, beside }] of nodes.entries()) {
          const input = { up: at(up), near: at(near), held: at(held), beside: beside.map((place) => ids[place]!) };
          await firm.records.write(system, { op: 'update', entity: 'node', id: ids[index]!, input });
        }
        const going = new Set([first]);
        for (let size = 0; size !== going.size;) {
          size = going.size;
          for (const [index, { up }] of nodes.entries()) if (up !== null && going.has(up)) going.add(index);
        }
        const isHeld = nodes.some(({ held }, index) => held !== null && going.has(held) && !going.has(index));
        const before = await all(ids);
        const counted = await changes();
        const refusal = await write('delete', ids[first]!).then(
          () => undefined,
          (error: CasementError) => error.status,
        );
        expect(refusal).toBe(isHeld ? 409 : undefined);
        if (isHeld) {
          refusals += 1;
          expect([await all(ids), await changes()]).toEqual([before, counted]);
          return;
        }
        const after = await all(ids);
        for (const [index, id] of ids.entries()) {
          const record = after.get(id)!;
          expect([index, isDead(record)]).toEqual([index, going.has(index)]);
          if (isDead(record)) continue;
          const { near, beside } = nodes[index]!;
          expect(record['near']).toBe(near !== null && going.has(near) ? null : at(near));
          expect(record['beside']).toEqual(beside.filter((place) => !going.has(place)).map((place) => ids[place]));
        }
        await write('restore', ids[first]!);
        for (const [id, record] of await all(ids)) {
          expect(isDead(record)).toBe(false);
          const old = before.get(id)!;
          // A cleared reference stays cleared; everything else is as it was.
          const { near, beside } = record;
          expect(plain(record)).toEqual({ ...plain(old), near, beside });
        }
      }),
      { numRuns: dialect === 'sqlite' ? 60 : 25, seed: 72 },
    );
    expect(refusals).toBeGreaterThan(2);
    expect((await verifyLedger(firm.db, firm.model, { values: true })).faults).toEqual([]);
  });
});
