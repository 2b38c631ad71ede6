import { Big } from 'big.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Context } from '../core/context.ts';
import type { RecordData, Value } from '../core/fields/field-type.ts';
import type { Measure, Report } from '../core/definitions/model.ts';
import type { Drill, ReportResult } from '../core/reports/result.ts';
import { runReport } from '../core/reports/run-report.ts';
import { figureRecords } from '../core/reports/figure-records.ts';
import type { ReportRequest } from '../core/reports/request.ts';
import { sql } from '../core/storage/sql.ts';
import { DIALECTS } from './support/databases.ts';
import { blindRole, HIDDEN, openReportFirm } from './support/report-firm.ts';
import type { ReportFirm } from './support/report-firm.ts';
import { figuresOf, truthsAt } from './support/report-truth.ts';
import type { Span } from './support/report-truth.ts';

const SPANS: readonly Span[] = [
  {},
  { from: '2026-03-29', to: '2026-03-29' },
  { from: '2026-04-01', to: '2026-06-30' },
  { from: '2026-07-05' },
];
const NAMES = Object.keys(truthsAt(0));

describe.each(DIALECTS)('reports of the base package on %s', (dialect) => {
  let firm: ReportFirm;
  const raw = new Map<string, readonly RecordData[]>();
  const app = () => firm.app.app;
  const system = () => app().system('figures');
  const deps = () => ({ records: app().records, model: app().model, organisation: () => app().records.organisation() });
  const run = (name: string, request: Omit<ReportRequest, 'name'> = {}, ctx: Context = system()) =>
    runReport(deps(), ctx, { name, ...request });

  beforeAll(async () => {
    firm = await openReportFirm(dialect);
    for (const { entity } of Object.values(truthsAt(0))) raw.set(entity, await firm.all(entity));
    for (const entity of ['salesTarget', 'contact', 'user']) raw.set(entity, await firm.all(entity));
  }, 180_000);
  afterAll(() => firm?.close());

  test.each(NAMES)('%s says what the records say', async (name) => {
    const truth = truthsAt(system().clock.now())[name]!;
    for (const span of SPANS) {
      const result = await run(name, span);
      const expected = figuresOf(truth, raw.get(truth.entity)!, span);
      const dimensions = app().model().reports.get(name)!.dimensions;
      const measured = (values: RecordData) =>
        Object.fromEntries(Object.keys(truth.measures).map((key) => [key, values[key]]));
      const rows = result.rows.map(({ values }) => {
        return [JSON.stringify(dimensions.map((key) => values[key] ?? null)), measured(values)] as const;
      });
      expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected.rows));
      expect(measured(result.totals)).toEqual(expected.totals);
    }
  });

  test('every report of the base package over records has its truth here', () => {
    const others = ['clientsWithoutContact', 'planAndFact', 'salesCompared'];
    const own = [...app().model().reports.values()].filter(({ moves }) => !moves).map(({ name }) => name);
    expect(own.sort()).toEqual([...NAMES, ...others].sort());
  });

  test.each(['0d', '14d', '30d', '120d'])('clients without contact for %s', async (silence) => {
    const { rows, totals, details } = await run('clientsWithoutContact', { parameters: { silence } });
    const since = system().clock.now() - Number.parseInt(silence, 10) * 86_400_000;
    const recent = raw.get('activity')!.filter(({ at, kind }) => kind !== 'note' && Date.parse(String(at)) >= since);
    const met = new Set(recent.map(({ about }) => String((about as RecordData)['id'])));
    const deals = raw.get('deal')!;
    const isSilent = ({ id }: RecordData) =>
      !met.has(String(id)) && !deals.some(({ customer, id: deal }) => customer === id && met.has(String(deal)));
    const contacts = raw.get('contact')!;
    expect(totals).toMatchObject({ silent: contacts.filter(isSilent).length, clients: contacts.length });
    for (const { values } of rows) {
      const own = contacts.filter(({ assignee }) => (assignee ?? null) === values['assignee']);
      expect(values).toMatchObject({ silent: own.filter(isSilent).length, clients: own.length });
    }
    expect(details?.rows.map(({ id }) => id).sort()).toEqual(
      contacts
        .filter(isSilent)
        .map(({ id }) => String(id))
        .sort(),
    );
  });

  test('plan and fact stand beside each other, by person and month', async () => {
    const { rows, totals } = await run('planAndFact');
    const plans = raw.get('salesTarget')!;
    const won = raw.get('deal')!.filter(({ outcome }) => outcome === 'won');
    const keyOf = (day: Value, person: Value) => JSON.stringify([`${String(day).slice(0, 7)}-01`, person]);
    const keys = new Set([
      ...plans.map(({ startsOn, assignee }) => keyOf(startsOn!, assignee!)),
      ...won.map(({ closedOn, assignee }) => keyOf(closedOn!, assignee ?? null)),
    ]);
    expect(rows).toHaveLength(keys.size);
    for (const { values } of rows) {
      const key = keyOf(values['closedOn:month']!, values['assignee']!);
      const plan = add(
        plans.filter((one) => keyOf(one['startsOn']!, one['assignee']!) === key),
        'amount',
      );
      const facts = won.filter((one) => keyOf(one['closedOn']!, one['assignee'] ?? null) === key);
      const fact = add(facts, 'total');
      expect(values).toMatchObject({
        plan,
        fact,
        difference: new Big(fact).minus(plan).toFixed(2),
        deals: facts.length,
        share: Number(plan) === 0 ? null : new Big(fact).div(plan).round(4).toNumber(),
      });
    }
    expect(totals).toMatchObject({ plan: add(plans, 'amount'), fact: add(won, 'total') });
    const [anna] = firm.people;
    const { totals: hers } = await run('planAndFact', { parameters: { owner: anna! } });
    expect(hers['plan']).toBe(
      add(
        plans.filter(({ assignee }) => assignee === anna),
        'amount',
      ),
    );
    await expect(run('planAndFact', { group: 'source' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('sales are compared with the months before, whole months with whole months', async () => {
    const won = raw.get('deal')!.filter(({ outcome }) => outcome === 'won');
    const between = (from: string, to: string) =>
      add(
        won.filter(({ closedOn }) => String(closedOn) >= from && String(closedOn) <= to),
        'total',
      );
    const may = await run('salesCompared', { from: '2026-05-01', to: '2026-05-31' });
    expect(may.totals).toMatchObject({
      sum: between('2026-05-01', '2026-05-31'),
      before: between('2026-04-01', '2026-04-30'),
      yearBefore: '0.00',
    });
    const tenDays = await run('salesCompared', { from: '2026-05-11', to: '2026-05-20' });
    expect(tenDays.totals).toMatchObject({ before: between('2026-05-01', '2026-05-10') });
    expect((await run('salesCompared', { period: 'all' })).totals).toMatchObject({ before: null, growth: null });
    await expect(run('salesCompared', { group: 'closedOn:month' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('a client is of the class that his orders come to, by the bounds chosen', async () => {
    const { rows } = await run('clientClasses', {
      parameters: { keyFrom: '5000', mediumFrom: '3000', smallFrom: '1000' },
    });
    const bounds = [
      ['key', 5000],
      ['medium', 3000],
      ['small', 1000],
      ['occasional', -1],
    ] as const;
    for (const { values, labels } of rows) {
      const known = bounds.find(([, from]) => Number(values['sum']) >= from)![0];
      expect([values['class'], labels['class']]).toEqual([
        known,
        { key: 'Key', medium: 'Medium', small: 'Small', occasional: 'Occasional' }[known],
      ]);
    }
    expect(new Set(rows.map(({ values }) => values['class'])).size).toBeGreaterThan(2);
  });

  test.each(['all', 'mine'])(
    'every figure opens its records, and they add up to it, for whoever sees %s (D-19)',
    async (whose) => {
      const principal = await app().auth.principalOf(firm.people[0]!);
      const ctx = whose === 'all' ? system() : { ...system(), principal };
      let opened = 0;
      for (const report of app().model().reports.values()) {
        if (report.moves) continue;
        const result = await run(
          report.name,
          { from: '2026-04-10', to: '2026-07-20', ...(report.period ? {} : { from: undefined, to: undefined }) },
          ctx,
        );
        opened += await openAll(ctx, report, result);
      }
      expect(opened).toBeGreaterThan(300);
    },
    120_000,
  );

  // The last of them: it changes what is there.
  test.each(HIDDEN)('%s, hidden from the reader, influences no report (R-02)', async (field) => {
    const [entity = '', key = ''] = field.split('.');
    const principal = {
      kind: 'user',
      id: firm.people[0]!,
      name: 'x',
      roles: [blindRole(field)],
      teamMates: [],
    } as const;
    const ctx: Context = { ...system(), principal };
    const answers = async () => {
      const told: string[] = [];
      for (const { name, measures } of app().model().reports.values()) {
        const asked = await run(name, {}, ctx).catch((error: unknown) => String(error));
        const behind = await figureRecords(deps(), ctx, { name, measure: measures[0]!.key }).catch((error: unknown) =>
          String(error),
        );
        told.push(JSON.stringify([name, asked, behind]));
      }
      return told;
    };
    const before = await answers();
    await app().db.transaction((tx) => tx.run(sql`update ${sql.id(entity)} set ${sql.id(key)} = null`));
    expect(await answers()).toEqual(before);
    expect(before.filter((text) => text.includes('"columns"')).length).toBeGreaterThan(8);
  });

  async function openAll(ctx: Context, report: Report, result: ReportResult): Promise<number> {
    const lists = new Map<string, readonly RecordData[]>();
    const open = async ({ entity, filter }: Drill) => {
      const key = JSON.stringify([entity, filter]);
      const known = lists.get(key) ?? (await app().records.list(ctx, { entity, filter, limit: 1000 })).data;
      lists.set(key, known);
      return known;
    };
    let opened = 0;
    for (const { values, drill } of [...result.rows, { values: result.totals, drill: result.totalsDrill }]) {
      const figure = async (measure: Measure): Promise<Value> => figureOf(measure, await open(drill[measure.key]!));
      for (const measure of report.measures) {
        if (!(measure.key in values) || values[measure.key] === null) continue;
        const [one, other] = (measure.of ?? []).map((key) => report.measures.find((known) => known.key === key)!);
        const expected =
          one && other ? combine(measure, await figure(one), await figure(other)) : await figure(measure);
        expect([report.name, measure.key, expected]).toEqual([report.name, measure.key, values[measure.key]]);
        opened += 1;
      }
    }
    return opened;
  }
});

function add(records: readonly RecordData[], key: string): string {
  return records.reduce((total, one) => total.plus(String(one[key] ?? 0)), new Big(0)).toFixed(2);
}

function figureOf({ aggregate, field = '' }: Measure, records: readonly RecordData[]): Value {
  if (aggregate === 'count') return records.length;
  const values = records.flatMap((one) => ((one[field] ?? null) === null ? [] : [one[field]!]));
  if (values.length === 0) return aggregate !== 'sum' ? null : field === 'deals' ? 0 : '0.00';
  const total = values.reduce<Big>((sum, value) => sum.plus(String(value)), new Big(0));
  if (values.every((value) => typeof value === 'number')) return total.toNumber();
  return (aggregate === 'avg' ? total.div(values.length) : total).toFixed(2);
}

function combine({ aggregate }: Measure, one: Value, other: Value): Value {
  const [left, right] = [new Big(String(one)), new Big(String(other))];
  if (aggregate === 'ratio') return right.eq(0) ? null : left.div(right).round(4).toNumber();
  const difference = left.minus(right);
  return typeof one === 'number' ? difference.toNumber() : difference.toFixed(2);
}
