import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { LEVELS, idOf, matrixRole, openRecordFirm, statusOf } from '../../tests/support/record-firm.ts';
import type { LevelName, MatrixAction, RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { MassEdit } from './batch-types.ts';

interface Row {
  readonly id: string;
  readonly task: string;
  readonly owner: 'mia' | 'max' | 'sue';
  readonly city: string;
  readonly name: string;
}

const OWNERS = ['mia', 'max', 'sue'] as const;
const CITIES = ['Riga', 'Tartu'] as const;

const grants: Readonly<Record<LevelName, (row: Row) => boolean>> = {
  all: () => true,
  team: (row) => row.owner !== 'sue',
  own: (row) => row.owner === 'mia',
  none: () => false,
  condition: (row) => row.city === 'Riga',
};

/** Role level × action × door: every door gives the same verdict on the same row. */
describe.each(DIALECTS)('rights on %s', (dialect) => {
  let firm: RecordFirm;
  let rows: readonly Row[];

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    const made: Row[] = [];
    for (const owner of OWNERS) {
      for (const city of CITIES) {
        const name = `deal ${owner} ${city}`;
        const id = await firm.add('deal', { name, city, assignee: firm.people[owner] });
        const task = await firm.add('task', { name: 'task', deal: id, about: { entity: 'deal', id } });
        made.push({ id, task, owner, city, name });
      }
    }
    rows = made;
  });

  afterAll(() => firm.close());

  /** Ids of the rows a door shows, or undefined when it refuses as a whole. */
  const readDoors: Readonly<Record<string, (ctx: Context) => Promise<readonly string[]>>> = {
    list: async (ctx) => (await firm.records.list(ctx, { entity: 'deal', limit: 1000 })).data.map(idOf),
    get: (ctx) => those((row) => firm.records.get(ctx, { entity: 'deal', id: row.id })),
    changes: (ctx) => those((row) => firm.records.changes(ctx, { entity: 'deal', id: row.id })),
    timeline: (ctx) => those((row) => firm.records.changes(ctx, { entity: 'deal', id: row.id, timeline: true })),
    filter: async (ctx) =>
      (
        await Promise.all(rows.map((row) => firm.records.list(ctx, { entity: 'deal', filter: { id: row.id } })))
      ).flatMap((list) => list.data.map(idOf)),
    search: async (ctx) =>
      (await firm.records.search(ctx, { q: 'deal', limit: 50 }))
        .filter((hit) => hit.entity === 'deal')
        .map((hit) => idOf(hit.record)),
    aggregate: async (ctx) =>
      (await firm.records.aggregate(ctx, { entity: 'deal', group: ['id'], measures: ['count'] })).map(idOf),
    expand: async (ctx) => {
      const { data } = await firm.records.list(ctx, { entity: 'task', expand: ['deal'], limit: 1000 });
      return data.flatMap((task) => (task['deal'] === null ? [] : [(task['deal'] as { id: string }).id]));
    },
    'expand of several': async (ctx) => {
      const { data } = await firm.records.list(ctx, { entity: 'task', expand: ['about'], limit: 1000 });
      return data.flatMap((task) => (task['about'] === null ? [] : [(task['about'] as { id: string }).id]));
    },
    'filter through a reference': async (ctx) => {
      const filter = { 'deal.name': { startsWith: 'deal' } };
      const { data } = await firm.records.list(ctx, { entity: 'task', filter, limit: 1000 });
      return data.map((task) => String(task['deal']));
    },
    'reference to it': async (ctx) => {
      const input = (row: Row) => ({ name: 'probe', deal: row.id });
      return those((row) =>
        rolledBack(ctx, (inside) => firm.records.write(inside, { op: 'create', entity: 'task', input: input(row) })),
      );
    },
  };

  async function those(work: (row: Row) => Promise<unknown>): Promise<readonly string[]> {
    const statuses: number[] = [];
    for (const row of rows) statuses.push(await statusOf(work(row)));
    expect(new Set(statuses.filter((status) => status !== 200 && status !== 422)).size).toBeLessThan(2);
    return rows.filter((_row, index) => statuses[index] === 200).map((row) => row.id);
  }

  /** The work's outcome; what it has written is taken back. */
  async function rolledBack(ctx: Context, work: (ctx: Context) => Promise<unknown>): Promise<unknown> {
    const done = new Error('done');
    let result: unknown;
    await firm.records
      .transaction(ctx, async (inside) => {
        result = await work(inside);
        throw done;
      })
      .catch((error: unknown) => {
        if (error !== done) throw error;
      });
    return result;
  }

  const ctxOf = (action: MatrixAction, level: LevelName) => firm.be('mia', matrixRole(action, level));
  const expected = (level: LevelName) =>
    rows
      .filter(grants[level])
      .map((row) => row.id)
      .sort();
  const levels = Object.keys(LEVELS) as LevelName[];

  const WHOLE = new Set(['list', 'filter', 'aggregate']);
  const reads = levels.flatMap((level) => Object.keys(readDoors).map((door) => [level, door] as const));
  test.each(reads)('R-06: read %s by %s', async (level, door) => {
    const ctx = ctxOf('read', level);
    if (level === 'none' && WHOLE.has(door)) {
      expect(await statusOf(readDoors[door]!(ctx))).toBe(403);
      return;
    }
    if (level === 'none' && door === 'filter through a reference') {
      expect(await statusOf(readDoors[door]!(ctx))).toBe(400);
      return;
    }
    expect([...(await readDoors[door]!(ctx))].sort()).toEqual(expected(level));
  });

  test.each(levels)('R-12: read %s counts', async (level) => {
    if (level === 'none') return;
    const ctx = ctxOf('read', level);
    const counted = expected(level).length;
    expect((await firm.records.list(ctx, { entity: 'deal', count: 'exact', limit: 1 })).total).toBe(counted);
    const figures = await firm.records.aggregate(ctx, { entity: 'deal', group: [], measures: ['count'] });
    expect(figures).toEqual([{ count: counted }]);
  });

  async function massEdit(ctx: Context, edit: Omit<MassEdit, 'entity'>) {
    const report = await firm.records.batches.edit(ctx, { entity: 'deal', ...edit });
    if (report.matched === 0) throw new CasementError('NOT_FOUND', 'The filter finds nothing.');
    return report;
  }

  const writeDoors: Readonly<Record<string, { action: MatrixAction; run(ctx: Context, row: Row): Promise<unknown> }>> =
    {
      patch: {
        action: 'update',
        run: (ctx, { id }) => firm.records.write(ctx, { op: 'update', entity: 'deal', id, input: { margin: '1.00' } }),
      },
      move: {
        action: 'update',
        run: (ctx, { id }) => firm.records.write(ctx, { op: 'update', entity: 'deal', id, input: { stage: 'offer' } }),
      },
      'line in it': {
        action: 'update',
        run: (ctx, { id }) =>
          firm.records.write(ctx, { op: 'create', entity: 'line', input: { name: 'line', deal: id, amount: '1' } }),
      },
      delete: {
        action: 'delete',
        run: (ctx, { id }) => firm.records.write(ctx, { op: 'delete', entity: 'deal', id }),
      },
      'mass edit by id': {
        action: 'update',
        run: (ctx, { id }) => massEdit(ctx, { ids: [id], change: { kind: 'patch', input: { margin: '1.00' } } }),
      },
      'mass edit by filter': {
        action: 'update',
        run: (ctx, { id }) => massEdit(ctx, { filter: { id }, change: { kind: 'patch', input: { stage: 'offer' } } }),
      },
      'mass edit that skips': {
        action: 'update',
        async run(ctx, { id }) {
          const edit = { ids: [id], change: { kind: 'patch', input: { margin: '1.00' } }, onError: 'skip' } as const;
          const report = await massEdit(ctx, edit);
          const [failure] = report.failed;
          if (failure) throw new CasementError(failure.code, failure.message, { errors: failure.errors });
          return report;
        },
      },
      'mass deletion': {
        action: 'delete',
        run: (ctx, { id }) => massEdit(ctx, { ids: [id], change: { kind: 'delete' } }),
      },
      'merge into it': {
        action: 'update',
        async run(ctx, { id }) {
          const input = { name: 'goes', city: 'Riga', assignee: firm.people.mia };
          const goes = await firm.records.write(
            { ...firm.system, tx: ctx.tx! },
            { op: 'create', entity: 'deal', input },
          );
          return firm.records.merge(ctx, { entity: 'deal', id, from: [idOf(goes)] });
        },
      },
      'merge it into another': {
        action: 'delete',
        async run(ctx, { id }) {
          const input = { name: 'stays', city: 'Riga', assignee: firm.people.mia };
          const stays = await firm.records.write(
            { ...firm.system, tx: ctx.tx! },
            { op: 'create', entity: 'deal', input },
          );
          return firm.records.merge(ctx, { entity: 'deal', id: idOf(stays), from: [id] });
        },
      },
      restore: {
        action: 'delete',
        async run(ctx, { id }) {
          const system = { ...firm.system, tx: ctx.tx! };
          await firm.records.write(system, { op: 'delete', entity: 'deal', id });
          return firm.records.write(ctx, { op: 'restore', entity: 'deal', id });
        },
      },
    };
  const writes = levels.flatMap((level) => Object.keys(writeDoors).map((door) => [level, door] as const));

  test.each(writes)('R-07, R-08: write %s by %s, and nothing is left of a refusal', async (level, door) => {
    const { action, run } = writeDoors[door]!;
    const before = await firm.digest();
    for (const row of rows) {
      const status = await statusOf(rolledBack(ctxOf(action, level), (inside) => run(inside, row)));
      expect([row.name, status]).toEqual([row.name, grants[level](row) ? 200 : 403]);
    }
    expect(await firm.digest()).toBe(before);
  });

  test.each(writes)('R-05: %s: what cannot be read is not there for %s either', async (level, door) => {
    const { run } = writeDoors[door]!;
    const unknown = { ...rows[0]!, id: '018f0000-0000-7000-8000-000000000000' };
    const probe = (row: Row) =>
      rolledBack(ctxOf('read', level), (inside) => run(inside, row)).then(
        () => 'done',
        (error: Error & { code?: string; status?: number }) => `${error.status} ${error.code} ${error.message}`,
      );
    if (door === 'restore') return;
    const missing = await probe(unknown);
    for (const row of rows) {
      const found = await probe(row);
      if (grants[level](row)) expect(found).toBe('done');
      else expect(found).toBe(missing);
    }
  });
});
