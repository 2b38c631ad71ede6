import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openSmallFirm } from '../../tests/support/small-firm.ts';
import type { SmallFirm } from '../../tests/support/small-firm.ts';
import type { RecordData } from '../fields/field-type.ts';
import { runReport } from './run-report.ts';
import type { ReportRequest } from './request.ts';
import type { Drill, ReportResult } from './result.ts';

const property = (type: string, rest: object = {}) => ({ 'x-field': { type, ...rest } });

const FIRM = {
  'schemas/entities/user.json': {
    $schema: '../meta/entity.schema.json',
    $id: 'user',
    title: 'User',
    type: 'object',
    'x-entity': { plural: 'users', display: '{{name}}' },
    properties: { name: { type: 'string', maxLength: 80 } },
    required: ['name'],
    additionalProperties: false,
  },
  'schemas/entities/organisation.json': {
    $schema: '../meta/entity.schema.json',
    $id: 'organisation',
    title: 'Organisation',
    type: 'object',
    'x-entity': { plural: 'organisation', single: true, display: '{{name}}' },
    properties: {
      name: { type: 'string', maxLength: 80 },
      zone: { type: 'string', maxLength: 60 },
      currency: { type: 'string', maxLength: 3 },
      language: { type: 'string', maxLength: 2 },
    },
    additionalProperties: false,
  },
  'schemas/entities/deal.json': {
    $schema: '../meta/entity.schema.json',
    $id: 'deal',
    title: 'Deal',
    type: 'object',
    'x-entity': { plural: 'deals', display: '{{title}}', owner: 'assignee' },
    properties: {
      title: { type: 'string', maxLength: 80 },
      source: { enum: ['site', 'phone', 'walk-in'] },
      total: property('money'),
      closedOn: { type: 'string', format: 'date' },
      visitAt: { type: 'string', format: 'date-time' },
      assignee: { type: 'string', ...property('reference', { to: 'user', inverse: 'deals' }) },
    },
    required: ['title'],
    additionalProperties: false,
  },
  'schemas/pipelines/sales.json': {
    $schema: '../meta/pipeline.schema.json',
    name: 'sales',
    title: 'Sales',
    entity: 'deal',
    stages: [
      { key: 'open', title: 'Open', kind: 'open' },
      { key: 'won', title: 'Won', kind: 'won' },
    ],
    transitions: [{ key: 'toWon', from: ['open'], to: 'won' }],
  },
  'schemas/reports/bySource.json': {
    $schema: '../meta/report.schema.json',
    name: 'bySource',
    title: 'By source',
    description: 'Won of all, by source.',
    entity: 'deal',
    measures: [
      { key: 'created', title: 'Deals', aggregate: 'count' },
      { key: 'won', title: 'Won', aggregate: 'count', filter: { stage: 'won' } },
      { key: 'conversion', title: 'Conversion', aggregate: 'ratio', of: ['won', 'created'] },
      { key: 'sum', title: 'Sum won', aggregate: 'sum', field: 'total', filter: { stage: 'won' } },
      { key: 'largest', title: 'Largest', aggregate: 'max', field: 'total' },
    ],
    dimensions: ['source'],
    filter: { title: { ne: 'not a deal' } },
    period: 'visitAt',
    chart: 'bar',
  },
  'schemas/roles/manager.json': {
    $schema: '../meta/role.schema.json',
    name: 'manager',
    title: 'Manager',
    entities: { deal: { read: 'own' }, user: { read: 'all' } },
  },
  'schemas/locales/et.json': {
    'reports.bySource.title': 'Allikate järgi',
    'reports.bySource.measures.won': 'Võidetud',
    'entities.deal.fields.source': 'Allikas',
    'entities.deal.options.source.site': 'Koduleht',
    'pipelines.sales.stages.won.title': 'Võidetud',
  },
};

const values = (result: ReportResult) => result.rows.map((row) => row.values);

describe.each(DIALECTS)('on %s', (dialect) => {
  let firm: SmallFirm;
  let anna: string;
  let mark: string;

  beforeAll(async () => {
    firm = await openSmallFirm(dialect, FIRM);
    await firm.add('organisation', { name: 'Firm', zone: 'Europe/Tallinn', currency: 'EUR', language: 'en' });
    await firm.records.refreshOrganisation();
    anna = await firm.add('user', { name: 'Anna' });
    mark = await firm.add('user', { name: 'Mark' });
    const deals: readonly (readonly [string, string | null, string | null, string, string, boolean])[] = [
      ['a', 'site', '100.10', '2026-02-28T21:59:59.999Z', anna, false],
      ['b', 'site', '200.20', '2026-02-28T22:00:00.000Z', anna, true],
      ['c', 'site', null, '2026-03-29T21:30:00.000Z', mark, false],
      ['d', 'phone', '0.05', '2026-03-31T20:59:59.999Z', anna, true],
      ['e', 'phone', '10.00', '2026-03-31T21:00:00.000Z', mark, true],
      ['f', null, '7.00', '2026-03-10T10:00:00.000Z', mark, false],
      ['not a deal', 'site', '9999.00', '2026-03-10T10:00:00.000Z', anna, true],
    ];
    for (const [title, source, total, visitAt, assignee, won] of deals) {
      const id = await firm.add('deal', { title, source, total, visitAt, assignee, closedOn: visitAt.slice(0, 10) });
      if (won) await firm.records.write(system(), { op: 'update', entity: 'deal', id, input: { stage: 'won' } });
    }
  });
  afterAll(() => firm.close());

  const system = (locale = 'en') => firm.as({ kind: 'system' }, locale);
  const run = (request: Omit<ReportRequest, 'name'> = {}, ctx = system()) =>
    runReport(
      { records: firm.records, model: () => firm.model, organisation: () => firm.records.organisation() },
      ctx,
      {
        name: 'bySource',
        ...request,
      },
    );

  /** The records that a number opens, through the list as the API reads it. */
  async function opened({ entity, filter }: Drill): Promise<readonly RecordData[]> {
    return (await firm.records.list(system(), { entity, filter, limit: 1000 })).data;
  }

  describe('a report', () => {
    test('has a row for each group, with zero where nothing is', async () => {
      const result = await run();
      expect(result.columns).toEqual([
        { key: 'source', title: 'Source', kind: 'dimension' },
        { key: 'created', title: 'Deals', kind: 'measure', aggregate: 'count' },
        { key: 'won', title: 'Won', kind: 'measure', aggregate: 'count' },
        { key: 'conversion', title: 'Conversion', kind: 'measure', aggregate: 'ratio' },
        { key: 'sum', title: 'Sum won', kind: 'measure', aggregate: 'sum', field: 'total' },
        { key: 'largest', title: 'Largest', kind: 'measure', aggregate: 'max', field: 'total' },
      ]);
      expect(values(result)).toEqual([
        { source: 'site', created: 3, won: 1, conversion: 0.3333, sum: '200.20', largest: '200.20' },
        { source: 'phone', created: 2, won: 2, conversion: 1, sum: '10.05', largest: '10.00' },
        { source: null, created: 1, won: 0, conversion: 0, sum: '0.00', largest: '7.00' },
      ]);
      expect(result.totals).toEqual({ created: 6, won: 3, conversion: 0.5, sum: '210.25', largest: '200.20' });
      expect(result.rows[0]?.drill['sum']).toEqual({
        entity: 'deal',
        filter: { all: [{ title: { ne: 'not a deal' } }, { stage: 'won' }, { source: { eq: 'site' } }] },
      });
    });

    test.each<Omit<ReportRequest, 'name'>>([
      {},
      { from: '2026-03-01', to: '2026-03-31' },
      { group: 'visitAt:month' },
      { group: 'visitAt:week' },
      { group: 'visitAt:day' },
      { group: 'closedOn:quarter' },
      { group: 'assignee' },
      { group: 'stage,source' },
      { group: '' },
    ])('every number of %j opens its records: %#', async (request) => {
      const result = await run(request);
      for (const [cells, drill] of [
        ...result.rows.map((row) => [row.values, row.drill] as const),
        [result.totals, result.totalsDrill] as const,
      ]) {
        const open = async (key: string) => opened(drill[key]!);
        expect((await open('created')).length).toBe(cells['created']);
        expect((await open('won')).length).toBe(cells['won']);
        expect((await open('conversion')).length).toBe(cells['created']);
        const cents = (await open('sum')).reduce((sum, deal) => sum + Math.round(Number(deal['total'] ?? 0) * 100), 0);
        expect((cents / 100).toFixed(2)).toBe(cells['sum']);
      }
      const counted = result.rows.reduce((sum, row) => sum + Number(row.values['created']), 0);
      expect(counted).toBe(request.group === '' ? 6 : result.totals['created']);
    });

    test('counts the days of a period in the zone of the organisation, both ends included, over a change of clocks', async () => {
      const march = await run({ from: '2026-03-01', to: '2026-03-31' });
      expect(march.totals).toMatchObject({ created: 4, won: 2, sum: '200.25' });
      expect(march.totalsDrill['created']?.filter).toEqual({
        all: [
          { title: { ne: 'not a deal' } },
          { visitAt: { gte: '2026-02-28T22:00:00.000Z', lt: '2026-03-31T21:00:00.000Z' } },
        ],
      });
      expect((await run({ from: '2026-04-01' })).totals).toMatchObject({ created: 1, won: 1 });
      expect((await run({ to: '2026-02-28' })).totals).toMatchObject({ created: 1, won: 0 });
    });

    test('of nothing', async () => {
      const result = await run({ from: '2030-01-01' });
      expect(result.rows).toEqual([]);
      expect(result.totals).toEqual({ created: 0, won: 0, conversion: null, sum: '0.00', largest: null });
    });
  });

  describe('words', () => {
    test('are in the language of the reader, names are those of records', async () => {
      const result = await run({}, system('et'));
      expect(result.title).toBe('Allikate järgi');
      expect(result.columns.map((column) => column.title)).toEqual([
        'Allikas',
        'Deals',
        'Võidetud',
        'Conversion',
        'Sum won',
        'Largest',
      ]);
      expect(result.rows.map((row) => row.labels)).toEqual([
        { source: 'Koduleht' },
        { source: 'Phone' },
        { source: '' },
      ]);
      const stages = await run({ group: 'stage' }, system('et'));
      expect(stages.rows.map((row) => [row.values['stage'], row.labels['stage']])).toEqual([
        ['open', 'Open'],
        ['won', 'Võidetud'],
      ]);
      const people = await run({ group: 'assignee' });
      expect(people.rows.map((row) => row.labels['assignee'])).toEqual(['Anna', 'Mark']);
    });

    test('of time', async () => {
      const months = await run({ group: 'visitAt:month' }, system('et'));
      expect(months.rows.map((row) => [row.values['visitAt:month'], row.labels['visitAt:month']])).toEqual([
        ['2026-02-01', 'veebruar 2026'],
        ['2026-03-01', 'märts 2026'],
        ['2026-04-01', 'aprill 2026'],
      ]);
      expect((await run({ group: 'closedOn:quarter' })).rows.map((row) => row.labels['closedOn:quarter'])).toEqual([
        'Q1 2026',
      ]);
      expect((await run({ group: 'visitAt:year' })).rows.map((row) => row.labels['visitAt:year'])).toEqual(['2026']);
    });
  });

  describe('rights', () => {
    test('the figures are of the records that the reader may see', async () => {
      const reader = firm.as({ id: mark, roles: ['manager'], teamMates: [mark] });
      const result = await run({ group: 'assignee' }, reader);
      expect(values(result)).toEqual([
        { assignee: mark, created: 3, won: 1, conversion: 0.3333, sum: '10.00', largest: '10.00' },
      ]);
      expect(result.totals).toEqual({ created: 3, won: 1, conversion: 0.3333, sum: '10.00', largest: '10.00' });
    });

    test('who may not read the records gets no report', async () => {
      await expect(run({}, firm.as({ id: mark, roles: [] }))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    });
  });

  test.each<[Omit<ReportRequest, 'name'> & { name?: string }, string, string]>([
    [{ name: 'nothing' }, 'NOT_FOUND', 'There is no report "nothing".'],
    [{ from: '2026-02-30' }, 'BAD_REQUEST', '"2026-02-30" is no date for from: write it as 2026-03-31.'],
    [{ to: 'yesterday' }, 'BAD_REQUEST', '"yesterday" is no date for to: write it as 2026-03-31.'],
    [{ group: 'colour' }, 'BAD_REQUEST', 'There is no field "colour" to group deal by.'],
    [{ group: 'visitAt:hour' }, 'BAD_REQUEST', '"hour" is no time grain; take one of day, week, month, quarter, year.'],
    [{ group: 'source,source' }, 'BAD_REQUEST', 'A report groups by at most 3 different fields.'],
  ])('%j is refused', async (request, code, message) => {
    await expect(run(request)).rejects.toMatchObject({ code, message });
  });
});
