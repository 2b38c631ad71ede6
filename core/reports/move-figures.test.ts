import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openSmallFirm } from '../../tests/support/small-firm.ts';
import type { SmallFirm } from '../../tests/support/small-firm.ts';
import {
  amountOf,
  amounts,
  cohortOf,
  FIRM,
  lengths,
  livePast,
  monthOf,
  NOW,
  share,
  STAGES,
  staysOf,
  workedMinutes,
} from '../../tests/support/stage-past.ts';
import type { Past } from '../../tests/support/stage-past.ts';
import type { Context } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import { figureRecords } from './figure-records.ts';
import type { ReportRequest } from './request.ts';
import type { ReportResult } from './result.ts';
import { runReport } from './run-report.ts';

const PERIODS = [
  {},
  { from: '2025-10-26', to: '2025-10-26' },
  { from: '2026-03-01', to: '2026-03-31' },
  { from: '2026-04-01' },
  { to: '2025-12-31' },
] as const;

describe.each(DIALECTS)('over moves, on %s', (dialect) => {
  let firm: SmallFirm;
  let past: readonly Past[];
  const people: string[] = [];
  const system = () => firm.as({ kind: 'system' });
  const deps = () => ({
    records: firm.records,
    model: () => firm.model,
    organisation: () => firm.records.organisation(),
  });
  const run = (name: string, request: Omit<ReportRequest, 'name'> = {}, ctx: Context = system()) =>
    runReport(deps(), ctx, { name, ...request });

  beforeAll(async () => {
    firm = await openSmallFirm(dialect, FIRM);
    await firm.add('organisation', { name: 'Firm', zone: 'Europe/Tallinn', currency: 'EUR' });
    await firm.records.refreshOrganisation();
    for (const name of ['Anna', 'Mark', 'Sue']) people.push(await firm.add('user', { name }));
    past = await livePast(firm, people);
    firm.at(new Date(NOW).toISOString());
  }, 120_000);
  afterAll(() => firm.close());

  test.each(PERIODS)('a funnel of %j counts who entered first and later reached each stage', async (period) => {
    const { rows, totals } = await run('funnel', period);
    const cohort = cohortOf(past, period);
    const reached = (stage: string) => cohort.filter(({ stages }) => stages.has(stage));
    const expected = STAGES.map((stage, index) => {
      const here = reached(stage);
      const before = reached(STAGES[Math.max(0, index - 1)]!);
      return {
        stage,
        deals: here.length,
        ...amounts(here.map(({ deal }) => deal)),
        ofFirst: share(here.length, cohort.length),
        ofPrevious: share(before.filter(({ stages }) => stages.has(stage)).length, before.length),
      };
    });
    expect(rows.map(({ values }) => values)).toEqual(cohort.length === 0 ? [] : expected);
    expect(totals).toMatchObject({ deals: cohort.length, ofFirst: share(reached('won').length, cohort.length) });
  });

  test('parameters narrow it', async () => {
    const [anna = '', mark = ''] = people;
    const of = async (parameters: Record<string, string>) => (await run('funnel', { parameters })).totals['deals'];
    const count = (keep: (deal: Past) => boolean) => cohortOf(past.filter(keep), {}).length;
    expect(await of({ owner: anna })).toBe(count(({ assignee }) => assignee === anna));
    expect(await of({ owner: `${anna},${mark}` })).toBe(count(({ assignee }) => assignee !== people[2]));
    expect(await of({ least: '500' })).toBe(count(({ cents }) => cents === null || cents >= 50_000));
    const { parameters } = await run('funnel', { parameters: { owner: anna } });
    expect(parameters).toEqual([
      { key: 'owner', title: 'Assignee', value: anna, text: 'Anna' },
      { key: 'least', title: 'Least', value: '0', text: '0' },
    ]);
  });

  test('cohorts stand by the month they entered in, in the zone of the organisation', async () => {
    const { rows, totals } = await run('cohorts');
    const cohort = cohortOf(past, {});
    const groups = new Map<string, typeof cohort>();
    for (const one of cohort) {
      const key = JSON.stringify([monthOf(one.entered), one.deal.source]);
      groups.set(key, [...(groups.get(key) ?? []), one]);
    }
    const found = new Map(
      rows.map(({ values }) => [JSON.stringify([values['entered:month'], values['source']]), values]),
    );
    expect([...found.keys()].sort()).toEqual([...groups.keys()].sort());
    for (const [key, members] of groups) {
      const won = members.filter(({ stages }) => stages.has('won')).length;
      const came = members.length;
      expect(found.get(key)).toMatchObject({
        came,
        won,
        share: share(won, came),
        conversion: share(won, came),
        left: came - won,
      });
    }
    expect(totals).toMatchObject({ came: cohort.length });
  });

  test.each(PERIODS)('time in stage of %j is that of the visits that began then, up to now', async (period) => {
    const { rows, totals } = await run('stays', period);
    const units = staysOf(past, period, (from, to) => to - from);
    for (const stage of ['first', 'visit', 'offer']) {
      const here = units.filter((unit) => unit.stage === stage);
      const row = rows.find(({ values }) => values['stage'] === stage)?.values;
      if (here.length === 0) expect(row).toBeUndefined();
      else
        expect(row).toEqual({
          stage,
          deals: here.length,
          now: here.filter(({ isOpen }) => isOpen).length,
          ...lengths(here.map(({ time }) => time)),
        });
    }
    expect(totals['deals']).toBe(new Set(units.map(({ id }) => id)).size);
    expect(totals['sum']).toBe(units.reduce((sum, { time }) => sum + time, 0));
  });

  test('working time is that of the calendar, minute by minute', async () => {
    const { rows } = await run('worked', { from: '2026-02-20', to: '2026-04-10' });
    const units = staysOf(past, { from: '2026-02-20', to: '2026-04-10' }, workedMinutes);
    const goals: Record<string, number> = { first: 15 * 60_000, visit: 16 * 3_600_000 };
    expect(rows.length).toBeGreaterThan(5);
    for (const { values } of rows) {
      const here = units.filter(({ stage, assignee }) => stage === values['stage'] && assignee === values['assignee']);
      const late = here.filter(({ stage, time }) => time > (goals[stage] ?? Infinity));
      expect(values).toMatchObject({
        deals: here.length,
        late: late.length,
        sum: here.reduce((sum, { time }) => sum + time, 0),
        openSum: here.filter(({ isOpen }) => isOpen).reduce((sum, { time }) => sum + time, 0),
      });
    }
  });

  test.each(['funnel', 'cohorts', 'stays', 'worked'])(
    'every figure of %s opens its records, which add up to it (D-19)',
    async (name) => {
      const result = await run(name, { from: '2025-12-01', to: '2026-03-31' });
      const figures = [
        ...result.rows.map((row) => ({ values: row.values, drill: row.drill, row: rowText(result, row.values) })),
        { values: result.totals, drill: result.totalsDrill, row: undefined },
      ];
      let opened = 0;
      for (const { values, drill, row } of figures) {
        for (const measure of firm.model.reports.get(name)!.measures) {
          const { data, total, times } = await everyRecord(result, { measure: measure.key, row });
          expect(data.length).toBe(total);
          const value = values[measure.key];
          if (measure.aggregate === 'count') expect(total).toBe(value);
          if (measure.field === 'total') expect(amountOf(measure.aggregate, data)).toBe(value);
          if (measure.field === 'time')
            expect(lengths(data.map(({ id }) => times[String(id)]!))[measure.aggregate]).toBe(value);
          const { filter } = drill[measure.key]!;
          if (filter) {
            const list = await firm.records.list(system(), { entity: 'deal', filter, limit: 1000 });
            expect(list.data.map(({ id }) => id).sort()).toEqual(data.map(({ id }) => id).sort());
          } else expect(total).toBeGreaterThan(100);
          opened += 1;
        }
      }
      expect(opened).toBeGreaterThan(10);
    },
  );

  describe('rights', () => {
    const me = (roles: readonly string[]) => firm.as({ id: people[0]!, roles, teamMates: [people[0]!] });

    test('moves of records that the reader does not see count for nothing', async () => {
      const mine = past.filter(({ assignee }) => assignee === people[0]);
      expect((await run('funnel', {}, me(['own']))).totals['deals']).toBe(cohortOf(mine, {}).length);
      const { totals } = await run('stays', {}, me(['own']));
      expect(totals['sum']).toBe(staysOf(mine, {}, (from, to) => to - from).reduce((sum, { time }) => sum + time, 0));
    });

    test('a hidden field is not measured, not grouped by and not filtered by', async () => {
      const { columns, rows } = await run('cohorts', {}, me(['blind']));
      expect(columns.length + rows.length).toBeGreaterThan(5);
      // The filter of the funnel speaks of the total.
      await expect(run('funnel', {}, me(['blind']))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      await expect(run('cohorts', {}, me(['sourceless']))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      expect((await run('cohorts', { group: 'entered:month' }, me(['sourceless']))).rows.length).toBeGreaterThan(3);
    });

    test('who may not read the stage has no such report', async () => {
      await expect(run('stays', {}, me(['stageless']))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
      await expect(run('cohorts', { group: '' }, me(['stageless']))).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    });
  });

  test.each<[string, Omit<ReportRequest, 'name'>, string]>([
    ['funnel', { group: 'assignee' }, '"ofPrevious" is of the stage before: group by stage.'],
    ['funnel', { parameters: { onwer: 'x' } }, 'The parameter "onwer" is not known here. Did you mean "owner"?'],
    ['funnel', { parameters: { least: 'much' } }, 'The parameter "least": "much" is no number: write it as 1234.5.'],
    ['cohorts', { group: 'entered' }, 'Entering is a moment: group it by one of day, week, month, quarter, year.'],
    ['cohorts', { period: 'lastMoon' }, '"lastMoon" is no period; take one of all, today, yesterday'],
    ['cohorts', { period: 'today', from: '2026-01-01' }, 'Give either a period by its name or its days, from and to.'],
  ])('%s of %j is refused', async (name, request, message) => {
    await expect(run(name, request)).rejects.toMatchObject({
      code: 'BAD_REQUEST',
      message: expect.stringContaining(message) as string,
    });
  });

  test('a row that is none is refused, a figure that is none too', async () => {
    const ask = (rest: { measure: string; row?: string }) =>
      figureRecords(deps(), system(), { name: 'stays', ...rest });
    await expect(ask({ measure: 'deals', row: '{"stagee":"first"}' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(ask({ measure: 'deals', row: '[' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(ask({ measure: 'none' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await ask({ measure: 'deals', row: '{"stage":"nowhere"}' })).toMatchObject({ total: 0, data: [] });
  });

  async function everyRecord(result: ReportResult, figure: { measure: string; row: string | undefined }) {
    const { name, period } = result;
    const asked = { name, from: period.from ?? undefined, to: period.to ?? undefined, ...figure, limit: 37 };
    const data: RecordData[] = [];
    let times: Record<string, number> = {};
    for (let after: string | undefined; ;) {
      const page = await figureRecords(deps(), system(), { ...asked, after });
      data.push(...page.data);
      times = { ...times, ...page.times };
      if (page.next === null) return { data, total: page.total, times };
      after = page.next;
    }
  }
});

function rowText({ columns }: ReportResult, values: RecordData): string {
  const keys = columns.filter(({ kind }) => kind === 'dimension').map(({ key }) => key);
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, values[key] ?? null])));
}
