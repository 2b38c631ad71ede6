import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { modelOf } from '../../tests/support/model.ts';
import { ENV, prepared, stamped } from '../../tests/support/selection.ts';
import type { RecordData } from '../fields/field-type.ts';
import { ALWAYS } from '../rules/condition.ts';
import { resolveField } from '../rules/condition-path.ts';
import { parseCondition } from '../rules/parse-condition.ts';
import { aggregateRows } from './aggregate.ts';
import type { Database } from './database.ts';
import type { Aggregation } from './query.ts';
import { computeRollup, insertRecord } from './rows.ts';

const MODEL = modelOf({
  deal: {
    fields: {
      source: { type: 'select', options: ['site', 'phone'] },
      urgent: { type: 'boolean' },
      total: { type: 'money', rollup: { of: 'lines', aggregate: 'sum', field: 'amount' } },
      rough: { type: 'decimal', scale: 1, rollup: { of: 'lines', aggregate: 'sum', field: 'amount' } },
      lineCount: { type: 'integer', rollup: { of: 'lines', aggregate: 'count' } },
      lastDay: { type: 'date', rollup: { of: 'lines', aggregate: 'max', field: 'day' } },
      firstAt: { type: 'dateTime', rollup: { of: 'lines', aggregate: 'min', field: 'at' } },
      average: { type: 'money', rollup: { of: 'lines', aggregate: 'avg', field: 'amount' } },
      weight: { type: 'number', rollup: { of: 'lines', aggregate: 'sum', field: 'weight' } },
    },
  },
  line: {
    fields: {
      deal: { type: 'reference', to: 'deal', inverse: 'lines' },
      amount: { type: 'decimal', scale: 3 },
      day: { type: 'date' },
      at: { type: 'dateTime' },
      weight: { type: 'number' },
      units: { type: 'integer' },
      about: { type: 'reference', to: ['deal', 'line'] },
    },
  },
});

async function insertAll(db: Database, entity: string, records: readonly RecordData[]): Promise<void> {
  await db.transaction(async (tx) => {
    for (const record of records) await insertRecord(tx, MODEL.entity(entity), record);
  });
}

const ROLLUPS = ['total', 'rough', 'lineCount', 'lastDay', 'firstAt', 'average', 'weight'];

eachDatabase((open, dialect) => {
  const rollups = (db: Database, id: string) =>
    db.transaction(async (tx) => {
      const values: Record<string, unknown> = {};
      for (const key of ROLLUPS)
        values[key] = await computeRollup(tx, MODEL.entity('deal').fields.get(key)!, { id, model: MODEL });
      return values;
    });

  it('rolls live children up, exactly, in the form of the parent’s field', async () => {
    const { db } = await prepared(open, MODEL);
    const [deal, bare] = [stamped({}), stamped({})];
    await insertAll(db, 'deal', [deal, bare]);
    const line = (amount: string | null, at: string) =>
      stamped({ deal: deal.id, amount, at, day: at.slice(0, 10), weight: 0.5 });
    await insertAll(db, 'line', [
      line('9007199254740993.005', '2026-03-01T10:00:00.000Z'),
      line('0.000', '2026-02-01T10:00:00.500Z'),
      line(null, '2026-05-01T10:00:00.000Z'),
      { ...line('1000.000', '2020-01-01T00:00:00.000Z'), deletedAt: '2026-01-01T00:00:00.000Z' },
      stamped({ deal: null, amount: '7.000' }),
    ]);
    expect(await rollups(db, deal.id)).toEqual({
      total: '9007199254740993.01',
      rough: '9007199254740993.0',
      lineCount: 3,
      lastDay: '2026-05-01',
      firstAt: '2026-02-01T10:00:00.500Z',
      average: '4503599627370496.50',
      weight: 1.5,
    });
    expect(await rollups(db, bare.id)).toEqual({
      total: '0.00',
      rough: '0.0',
      lineCount: 0,
      lastDay: null,
      firstAt: null,
      average: null,
      weight: 0,
    });
  });

  const figures = (
    db: Database,
    sketch: {
      group?: readonly string[];
      measures: readonly string[];
      filter?: unknown;
      zone?: string;
      entity?: string;
    },
  ) => {
    const entity = sketch.entity ?? 'line';
    const group = (sketch.group ?? []).map((name) => {
      const [path = '', grain] = name.split(':');
      return { path: resolveField(path, entity, MODEL), name, zone: sketch.zone ?? 'UTC', ...(grain ? { grain } : {}) };
    });
    const measures = sketch.measures.map((name) => {
      const [, aggregate = 'count', key = ''] = /^(\w+)\((\w+)\)$/.exec(name) ?? [];
      return { name, aggregate, ...(key ? { field: { field: MODEL.entity(entity).fields.get(key)! } } : {}) };
    });
    const where = sketch.filter === undefined ? ALWAYS : parseCondition(sketch.filter, entity, MODEL);
    const aggregation = {
      entity: MODEL.entity(entity),
      where,
      group,
      measures,
      deleted: 'no',
      env: ENV,
      limit: 100,
    } as Aggregation;
    return aggregateRows({ all: (sql) => db.read(sql) }, aggregation, dialect);
  };

  it('sums, averages and counts by group, empty groups last', async () => {
    const { db } = await prepared(open, MODEL);
    const deals = [stamped({ source: 'site', urgent: true }), stamped({ source: 'phone', urgent: false }), stamped({})];
    await insertAll(db, 'deal', deals);
    const line = (deal: number | null, amount: string | null, units: number | string | null) =>
      stamped({
        deal: deal === null ? null : deals[deal]!.id,
        amount,
        units,
        weight: 0.25,
        about: deal === null ? null : { entity: 'deal', id: deals[deal]!.id },
      });
    await insertAll(db, 'line', [
      line(0, '1.000', 1),
      line(0, '2.001', 2),
      line(1, '-1.000', '9007199254740993'),
      line(2, null, null),
      line(null, '5.000', 5),
    ]);
    expect(
      await figures(db, {
        group: ['deal.source'],
        measures: ['count', 'sum(amount)', 'avg(amount)', 'min(units)', 'max(units)', 'sum(weight)'],
      }),
    ).toEqual([
      {
        'deal.source': 'phone',
        count: 1,
        'sum(amount)': '-1.000',
        'avg(amount)': '-1.000',
        'min(units)': '9007199254740993',
        'max(units)': '9007199254740993',
        'sum(weight)': 0.25,
      },
      {
        'deal.source': 'site',
        count: 2,
        'sum(amount)': '3.001',
        'avg(amount)': '1.501',
        'min(units)': 1,
        'max(units)': 2,
        'sum(weight)': 0.5,
      },
      {
        'deal.source': null,
        count: 2,
        'sum(amount)': '5.000',
        'avg(amount)': '5.000',
        'min(units)': 5,
        'max(units)': 5,
        'sum(weight)': 0.5,
      },
    ]);
    expect(
      await figures(db, { measures: ['count', 'sum(amount)', 'avg(units)'], filter: { amount: { gt: 100 } } }),
    ).toEqual([{ count: 0, 'sum(amount)': '0.000', 'avg(units)': null }]);
    expect(await figures(db, { group: ['deal.urgent'], measures: ['count'] })).toEqual([
      { 'deal.urgent': false, count: 1 },
      { 'deal.urgent': true, count: 2 },
      { 'deal.urgent': null, count: 2 },
    ]);
    const targets = await figures(db, { group: ['about'], measures: ['count'] });
    expect(targets).toEqual([
      ...deals.map((deal, i) => ({ about: { entity: 'deal', id: deal.id }, count: i === 0 ? 2 : 1 })),
      { about: null, count: 1 },
    ]);
    await expect(figures(db, { measures: ['sum(day)'] })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('cuts periods in a zone, over both changes of its clock', async () => {
    const { db } = await prepared(open, MODEL);
    const instants = [
      '2026-03-28T21:59:59.999Z',
      '2026-03-28T22:00:00.000Z',
      '2026-03-29T20:59:59.999Z',
      '2026-03-29T21:00:00.000Z',
      '2026-10-24T20:59:59.999Z',
      '2026-10-25T21:59:59.999Z',
      '2026-10-25T22:00:00.000Z',
      '2026-12-31T21:59:59.999Z',
      '2026-12-31T22:00:00.000Z',
      '1999-06-30T21:30:00.000Z',
      '2031-07-31T21:00:00.000Z',
    ];
    await insertAll(
      db,
      'line',
      instants.map((at) => stamped({ at, day: at.slice(0, 10) })),
    );
    const groups = async (name: string, zone: string) =>
      (await figures(db, { group: [name], measures: ['count'], zone })).map(
        (row) => `${String(row[name])} ${String(row['count'])}`,
      );
    expect(await groups('at:day', 'Europe/Tallinn')).toEqual([
      '1999-07-01 1',
      '2026-03-28 1',
      '2026-03-29 2',
      '2026-03-30 1',
      '2026-10-24 1',
      '2026-10-25 1',
      '2026-10-26 1',
      '2026-12-31 1',
      '2027-01-01 1',
      '2031-08-01 1',
    ]);
    expect(await groups('at:week', 'Europe/Tallinn')).toEqual([
      '1999-06-28 1',
      '2026-03-23 3',
      '2026-03-30 1',
      '2026-10-19 2',
      '2026-10-26 1',
      '2026-12-28 2',
      '2031-07-28 1',
    ]);
    expect(await groups('at:month', 'Europe/Tallinn')).toEqual([
      '1999-07-01 1',
      '2026-03-01 4',
      '2026-10-01 3',
      '2026-12-01 1',
      '2027-01-01 1',
      '2031-08-01 1',
    ]);
    expect(await groups('at:quarter', 'Europe/Tallinn')).toEqual([
      '1999-07-01 1',
      '2026-01-01 4',
      '2026-10-01 4',
      '2027-01-01 1',
      '2031-07-01 1',
    ]);
    expect(await groups('at:year', 'America/St_Johns')).toEqual(['1999-01-01 1', '2026-01-01 9', '2031-01-01 1']);
    expect(await groups('day:month', 'America/St_Johns')).toEqual([
      '1999-06-01 1',
      '2026-03-01 4',
      '2026-10-01 3',
      '2026-12-01 2',
      '2031-07-01 1',
    ]);
    await expect(groups('at:day', 'Mars/Olympus')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
