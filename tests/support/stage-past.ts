import type { RecordData } from '../../core/fields/field-type.ts';
import { createRandom } from './random.ts';
import type { SmallFirm } from './small-firm.ts';

const ZONE = 'Europe/Tallinn';
export const STAGES = ['first', 'visit', 'offer', 'won'] as const;
const field = (type: string, rest: object = {}) => ({ 'x-field': { type, ...rest } });
const entity = (id: string, properties: object, rest: object = {}) => ({
  $schema: '../meta/entity.schema.json',
  $id: id,
  title: id,
  type: 'object',
  'x-entity': { plural: `${id}s`, display: '{{name}}', ...rest },
  properties: { name: { type: 'string', maxLength: 80 }, ...properties },
  additionalProperties: false,
});
const report = (name: string, rest: object) => ({
  $schema: '../meta/report.schema.json',
  name,
  description: 'A test.',
  entity: 'deal',
  ...rest,
});
const role = (name: string, deal: object) => ({
  $schema: '../meta/role.schema.json',
  name,
  title: name,
  entities: { deal, user: { read: 'all' } },
  operations: ['reports'],
});

export const FIRM = {
  'schemas/entities/user.json': entity('user', {}),
  'schemas/entities/organisation.json': entity(
    'organisation',
    { zone: { type: 'string', maxLength: 60 }, currency: { type: 'string', maxLength: 3 } },
    { plural: 'organisation', single: true },
  ),
  'schemas/entities/deal.json': entity(
    'deal',
    {
      source: { enum: ['site', 'phone'] },
      total: field('money'),
      assignee: { type: 'string', ...field('reference', { to: 'user' }) },
    },
    { owner: 'assignee' },
  ),
  'schemas/pipelines/sales.json': {
    $schema: '../meta/pipeline.schema.json',
    name: 'sales',
    title: 'Sales',
    entity: 'deal',
    stages: [
      { key: 'first', title: 'First call', kind: 'open', goal: '15m' },
      { key: 'visit', title: 'Visit', kind: 'open', goal: '16h' },
      { key: 'offer', title: 'Offer', kind: 'open' },
      { key: 'won', title: 'Won', kind: 'won' },
      { key: 'lost', title: 'Lost', kind: 'lost' },
    ],
    transitions: [
      { key: 'toVisit', from: ['first', 'offer'], to: 'visit' },
      { key: 'toOffer', from: ['first', 'visit'], to: 'offer' },
      { key: 'toWon', from: ['offer'], to: 'won' },
      { key: 'toLost', from: ['first', 'visit', 'offer'], to: 'lost' },
      { key: 'back', from: ['lost'], to: 'first' },
    ],
  },
  'schemas/pipelines/service.json': {
    $schema: '../meta/pipeline.schema.json',
    name: 'service',
    title: 'Service',
    entity: 'deal',
    stages: [
      { key: 'first', title: 'Asked', kind: 'open' },
      { key: 'done', title: 'Done', kind: 'won' },
    ],
    transitions: [{ key: 'toDone', from: ['first'], to: 'done' }],
  },
  'schemas/calendars/office.json': {
    $schema: '../meta/calendar.schema.json',
    name: 'office',
    title: 'Office',
    zone: ZONE,
    week: {
      mon: ['09:00-18:00'],
      tue: ['09:00-18:00'],
      wed: ['09:00-18:00'],
      thu: ['09:00-18:00'],
      fri: ['09:00-17:00'],
    },
    holidays: ['02-24'],
  },
  'schemas/reports/funnel.json': report('funnel', {
    funnel: { pipeline: 'sales' },
    measures: [
      { key: 'deals', aggregate: 'count' },
      { key: 'sum', aggregate: 'sum', field: 'total' },
      { key: 'average', aggregate: 'avg', field: 'total' },
      { key: 'largest', aggregate: 'max', field: 'total' },
      { key: 'ofFirst', aggregate: 'conversion' },
      { key: 'ofPrevious', aggregate: 'conversion', from: 'previous' },
    ],
    dimensions: ['stage'],
    parameters: [
      { key: 'owner', field: 'assignee' },
      { key: 'least', type: 'number', default: 0 },
    ],
    filter: { any: [{ total: { gte: { $param: 'least' } } }, { total: null }] },
    chart: 'funnel',
  }),
  'schemas/reports/cohorts.json': report('cohorts', {
    funnel: { pipeline: 'sales', stages: ['first', 'won'] },
    measures: [
      { key: 'came', aggregate: 'count' },
      { key: 'won', aggregate: 'count', stage: 'won' },
      { key: 'share', aggregate: 'ratio', of: ['won', 'came'] },
      { key: 'conversion', aggregate: 'conversion' },
      { key: 'left', aggregate: 'difference', of: ['came', 'won'] },
    ],
    dimensions: ['entered:month', 'source'],
  }),
  'schemas/reports/stays.json': report('stays', {
    stages: { pipeline: 'sales' },
    measures: [
      { key: 'deals', aggregate: 'count' },
      { key: 'now', aggregate: 'count', only: 'open' },
      ...(['sum', 'avg', 'min', 'max', 'median'] as const).map((aggregate) => ({
        key: aggregate,
        aggregate,
        field: 'time',
      })),
    ],
    dimensions: ['stage'],
  }),
  'schemas/reports/worked.json': report('worked', {
    stages: { pipeline: 'sales', time: 'working', calendar: 'office' },
    measures: [
      { key: 'deals', aggregate: 'count' },
      { key: 'late', aggregate: 'count', only: 'late' },
      { key: 'share', aggregate: 'ratio', of: ['late', 'deals'] },
      { key: 'sum', aggregate: 'sum', field: 'time' },
      { key: 'openSum', aggregate: 'sum', field: 'time', only: 'open' },
    ],
    dimensions: ['assignee', 'stage'],
  }),
  'schemas/roles/own.json': role('own', { read: 'own' }),
  'schemas/roles/blind.json': role('blind', { read: 'all', fields: { total: 'hidden' } }),
  'schemas/roles/stageless.json': role('stageless', { read: 'all', fields: { stage: 'hidden' } }),
  'schemas/roles/sourceless.json': role('sourceless', { read: 'all', fields: { source: 'hidden' } }),
};

/** What happened, as it was done, beside the product. */
export interface Past {
  readonly id: string;
  readonly source: string | null;
  readonly assignee: string;
  readonly cents: number | null;
  readonly isDeleted: boolean;
  readonly moves: readonly { readonly at: number; readonly pipeline: string; readonly stage: string }[];
}

export const NOW = Date.parse('2026-05-20T12:00:00.000Z');
/** Over both changes of the clock of that half year. */
const START = Date.parse('2025-10-01T00:00:00.000Z');
const COUNT = 260;
/** Deals made and moved at random over months: forth, back, into the other pipeline, into the bin. */
export async function livePast(firm: SmallFirm, people: readonly string[]): Promise<readonly Past[]> {
  const random = createRandom(41);
  const ctx = firm.as({ kind: 'system', reason: 'test' });
  const next: Record<string, readonly string[]> = {
    first: ['visit', 'visit', 'visit', 'offer', 'lost'],
    visit: ['offer', 'offer', 'offer', 'lost'],
    offer: ['won', 'won', 'visit', 'lost'],
    lost: ['first'],
    won: [],
  };
  const past: Past[] = [];
  for (let index = 0; index < COUNT; index += 1) {
    const cents = random.chance(0.1) ? null : random.below(100_000);
    const deal = {
      name: `Deal ${index}`,
      source: random.pick(['site', 'phone', null]),
      assignee: random.pick(people),
      total: cents === null ? null : (cents / 100).toFixed(2),
    };
    let at = START + random.below(200) * 86_400_000 + random.below(86_400_000);
    let pipeline = random.chance(0.15) ? 'service' : 'sales';
    let stage = random.chance(0.1) && pipeline === 'sales' ? 'visit' : 'first';
    firm.at(new Date(at).toISOString());
    const id = await firm.add('deal', { ...deal, pipeline, stage });
    const moves = [{ at, pipeline, stage }];
    while (moves.length < 7 && random.chance(0.85)) {
      at += Math.floor((random.below(1000) / 1000) ** 3 * 30 * 86_400_000);
      if (at >= NOW) break;
      const isSwitch = pipeline === 'service' && random.chance(0.3);
      if (isSwitch) [pipeline, stage] = ['sales', 'first'];
      else if (pipeline === 'service') break;
      else if (next[stage]!.length === 0) break;
      else stage = random.pick(next[stage]!);
      firm.at(new Date(at).toISOString());
      await firm.records.write(ctx, {
        op: 'update',
        entity: 'deal',
        id,
        input: isSwitch ? { pipeline, stage } : { stage },
      });
      moves.push({ at, pipeline, stage });
    }
    const isDeleted = random.chance(0.05);
    if (isDeleted) await firm.records.write(ctx, { op: 'delete', entity: 'deal', id });
    past.push({ id, source: deal.source, assignee: deal.assignee, cents, isDeleted, moves });
  }
  return past;
}

interface Period {
  readonly from?: string;
  readonly to?: string;
}

/** Midnight in Tallinn, where summer time began on 2026-03-29 and ended on 2025-10-26. */
function midnight(day: string): number {
  const isSummer = day <= '2025-10-26' || day > '2026-03-29';
  return Date.parse(`${day}T00:00:00.000${isSummer ? '+03:00' : '+02:00'}`);
}

function isIn(at: number, { from, to }: Period): boolean {
  const after =
    to === undefined
      ? Infinity
      : midnight(new Date(Date.parse(`${to}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10));
  return at >= (from === undefined ? -Infinity : midnight(from)) && at < after;
}

export function monthOf(at: number): string {
  const summer = at < Date.parse('2025-10-26T01:00:00Z') || at >= Date.parse('2026-03-29T01:00:00Z');
  return `${new Date(at + (summer ? 3 : 2) * 3_600_000).toISOString().slice(0, 7)}-01`;
}

export function cohortOf(past: readonly Past[], period: Period) {
  return past
    .filter(({ isDeleted }) => !isDeleted)
    .flatMap((deal) => {
      const start = deal.moves.findIndex(
        ({ at, pipeline, stage }) => pipeline === 'sales' && stage === 'first' && isIn(at, period),
      );
      if (start < 0) return [];
      const later = deal.moves.slice(start).filter(({ pipeline }) => pipeline === 'sales');
      return [{ deal, entered: deal.moves[start]!.at, stages: new Set(later.map(({ stage }) => stage)) }];
    });
}

export function staysOf(past: readonly Past[], period: Period, between: (from: number, to: number) => number) {
  return past
    .filter(({ isDeleted }) => !isDeleted)
    .flatMap(({ id, assignee, moves }) =>
      ['first', 'visit', 'offer'].flatMap((stage) => {
        const visits = moves.flatMap((move, index) =>
          move.pipeline === 'sales' && move.stage === stage && isIn(move.at, period)
            ? [{ from: move.at, to: moves[index + 1]?.at }]
            : [],
        );
        if (visits.length === 0) return [];
        const time = visits.reduce((sum, { from, to }) => sum + between(from, to ?? NOW), 0);
        return [{ id, assignee, stage, time, isOpen: visits.some(({ to }) => to === undefined) }];
      }),
    );
}

/** Hour by hour of the office: slow, and by other means than the product. */
export function workedMinutes(from: number, to: number): number {
  let sum = 0;
  for (let day = Date.parse(new Date(from - 86_400_000).toISOString().slice(0, 10)); day < to; day += 86_400_000) {
    const date = new Date(day).toISOString().slice(0, 10);
    const weekday = new Date(day).getUTCDay();
    if (weekday === 0 || weekday === 6 || date.endsWith('-02-24')) continue;
    const opens = midnightOffice(date, 9);
    const closes = midnightOffice(date, weekday === 5 ? 17 : 18);
    sum += Math.max(0, Math.min(closes, to) - Math.max(opens, from));
  }
  return sum;
}

function midnightOffice(date: string, hour: number): number {
  const isSummer = date < '2025-10-26' || date >= '2026-03-29';
  return Date.parse(`${date}T${String(hour).padStart(2, '0')}:00:00${isSummer ? '+03:00' : '+02:00'}`);
}

export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;
}

export function amounts(deals: readonly Past[]) {
  const cents = deals.flatMap((deal) => (deal.cents === null ? [] : [deal.cents]));
  const text = (value: number | undefined) => (value === undefined ? null : (value / 100).toFixed(2));
  const sum = cents.reduce((total, one) => total + one, 0);
  return {
    sum: text(sum),
    average: text(cents.length === 0 ? undefined : Math.round(sum / cents.length)),
    largest: text(cents.length === 0 ? undefined : Math.max(...cents)),
  };
}

export function amountOf(aggregate: string, records: readonly RecordData[]): string | null {
  const cents = records.map(({ total }) => (total === null ? null : Math.round(Number(total) * 100)));
  const figures = amounts(cents.map((one) => ({ cents: one }) as Past));
  return aggregate === 'sum' ? figures.sum : aggregate === 'avg' ? figures.average : figures.largest;
}

export function lengths(times: readonly number[]): Record<string, number | null> {
  const sum = times.reduce((total, time) => total + time, 0);
  const sorted = [...times].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const middle = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  const none = times.length === 0;
  return {
    sum,
    avg: none ? null : Math.round(sum / times.length),
    min: none ? null : sorted[0]!,
    max: none ? null : sorted.at(-1)!,
    median: none ? null : Math.round(middle),
  };
}
