import type { RecordData, Value } from '../../core/fields/field-type.ts';

/** The figures of the base package's reports once more, by hand: nothing here knows the condition language, SQL or the report engine. */
export interface Truth {
  readonly entity: string;
  keep?(one: RecordData): boolean;
  /** The date that the period applies to, as a local day. */
  date?(one: RecordData): string | null;
  /** Values of the dimensions, in order. */
  group(one: RecordData): readonly Value[];
  readonly measures: Readonly<Record<string, (some: readonly RecordData[]) => Value>>;
}

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
const is = (value: Value | undefined): boolean => value !== null && value !== undefined && value !== '';
const localDay = (value: Value | undefined): string | null =>
  is(value) ? new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Tallinn' }).format(new Date(text(value))) : null;
const plainDay = (value: Value | undefined): string | null => (is(value) ? text(value) : null);
const month = (value: string | null): string | null => (value === null ? null : `${value.slice(0, 7)}-01`);
const idOf = (value: Value | undefined): Value => value ?? null;

const toCents = (value: Value | undefined): number => Math.round(Number(value) * 100);
const toText = (cents: number): string => (cents / 100).toFixed(2);

type Some = readonly RecordData[];
type Test = (one: RecordData) => boolean;

export const count =
  (test: Test = () => true) =>
  (some: Some) =>
    some.filter(test).length;
export const sum =
  (key: string, test: Test = () => true) =>
  (some: Some) =>
    toText(some.filter((one) => test(one) && is(one[key])).reduce((total, one) => total + toCents(one[key]), 0));
const avg = (key: string) => (some: Some) => {
  const cents = some.filter((one) => is(one[key])).map((one) => toCents(one[key]));
  return cents.length === 0 ? null : toText(Math.round(cents.reduce((a, b) => a + b, 0) / cents.length));
};
export const share = (part: (some: Some) => Value, whole: (some: Some) => Value) => (some: Some) => {
  const of = Number(whole(some));
  return of === 0 ? null : Math.round((Number(part(some)) / of) * 10_000 + Number.EPSILON) / 10_000;
};

const isWon: Test = ({ outcome }) => outcome === 'won';
const agreed: Test = ({ outcome }) => is(outcome);
const kind =
  (...kinds: readonly string[]): Test =>
  (one) =>
    kinds.includes(text(one['kind']));
const assignee = (one: RecordData): readonly Value[] => [idOf(one['assignee'])];
const created = (one: RecordData) => localDay(one['createdAt']);

/** By name of the report. `today` is the day it is, `now` the instant. */
export function truthsAt(now: number): Readonly<Record<string, Truth>> {
  const today = localDay(new Date(now).toISOString()) ?? '';
  const cameAndWon = {
    created: count(),
    won: count(isWon),
    conversion: share(count(isWon), count()),
    sum: sum('total', isWon),
  };
  const inTime: Test = ({ doneAt, dueAt }) => !is(dueAt) || text(doneAt) <= text(dueAt);
  const onTime = (done: string, planned: string) => ({
    early: ((one) => is(one[done]) && text(one[done]) <= text(one[planned])) satisfies Test,
    late: ((one) => is(one[done]) && text(one[done]) > text(one[planned])) satisfies Test,
    overdue: ((one) => !is(one[done]) && text(one[planned]) < today) satisfies Test,
  });
  const shipping = onTime('shippedOn', 'requiredOn');
  const paying = onTime('paidOn', 'paymentDueOn');
  const answered: Test = ({ answeredOn, answerDueOn }) =>
    is(answeredOn) && (!is(answerDueOn) || text(answeredOn) <= text(answerDueOn));
  return {
    salesByManager: { entity: 'deal', date: created, group: assignee, measures: cameAndWon },
    conversionBySource: { entity: 'deal', date: created, group: ({ source }) => [idOf(source)], measures: cameAndWon },
    dealsWon: {
      entity: 'deal',
      keep: isWon,
      date: ({ closedOn }) => plainDay(closedOn),
      group: ({ closedOn }) => [month(plainDay(closedOn))],
      measures: { won: count(), sum: sum('total'), average: avg('total') },
    },
    lostReasons: {
      entity: 'deal',
      keep: ({ outcome }) => outcome === 'lost',
      date: ({ closedOn }) => plainDay(closedOn),
      group: ({ lostReason }) => [idOf(lostReason)],
      measures: { lost: count(), sum: sum('total') },
    },
    ordersByMonth: {
      entity: 'order',
      date: ({ orderedOn }) => plainDay(orderedOn),
      group: ({ orderedOn }) => [month(plainDay(orderedOn))],
      measures: { orders: count(), sum: sum('total'), average: avg('total') },
    },
    moneyIn: {
      entity: 'payment',
      date: ({ paidOn }) => plainDay(paidOn),
      group: ({ paidOn }) => [month(plainDay(paidOn))],
      measures: { payments: count(), sum: sum('amount') },
    },
    lateTasks: {
      entity: 'task',
      keep: ({ doneAt, dueAt }) => !is(doneAt) && is(dueAt) && Date.parse(text(dueAt)) < now,
      date: ({ dueAt }) => localDay(dueAt),
      group: assignee,
      measures: { tasks: count() },
    },
    callsPerManager: {
      entity: 'activity',
      keep: kind('call'),
      date: ({ at }) => localDay(at),
      group: assignee,
      measures: {
        calls: count(),
        agreed: count(agreed),
        planned: count(({ nextStep }) => is(nextStep)),
        share: share(count(agreed), count()),
      },
    },
    managerActivity: {
      entity: 'activity',
      keep: (one) => one['kind'] !== 'note',
      date: ({ at }) => localDay(at),
      group: assignee,
      measures: {
        contacts: count(),
        calls: count(kind('call')),
        meetings: count(kind('meeting', 'visit')),
        letters: count(kind('mail', 'message')),
        agreed: count(agreed),
        share: share(count(agreed), count()),
      },
    },
    workDone: {
      entity: 'task',
      keep: ({ doneAt }) => is(doneAt),
      date: ({ doneAt }) => localDay(doneAt),
      group: (one) => [localDay(one['doneAt']), idOf(one['assignee'])],
      measures: { done: count(), inTime: count(inTime), share: share(count(inTime), count()) },
    },
    marketIntelligence: {
      entity: 'activity',
      keep: ({ market, competitor }) => is(market) || is(competitor),
      date: ({ at }) => localDay(at),
      group: ({ competitor }) => [idOf(competitor)],
      measures: { mentions: count() },
    },
    shipmentOnTime: {
      entity: 'order',
      keep: ({ requiredOn }) => is(requiredOn),
      date: ({ requiredOn }) => plainDay(requiredOn),
      group: ({ requiredOn }) => [month(plainDay(requiredOn))],
      measures: {
        promised: count(),
        inTime: count(shipping.early),
        late: count(shipping.late),
        overdue: count(shipping.overdue),
        share: share(count(shipping.early), count()),
      },
    },
    paymentOnTime: {
      entity: 'order',
      keep: ({ paymentDueOn }) => is(paymentDueOn),
      date: ({ paymentDueOn }) => plainDay(paymentDueOn),
      group: ({ paymentDueOn }) => [month(plainDay(paymentDueOn))],
      measures: {
        due: count(),
        inTime: count(paying.early),
        late: count(paying.late),
        overdue: count(paying.overdue),
        sum: sum('payable'),
        open: sum('balance', paying.overdue),
        share: share(count(paying.early), count()),
      },
    },
    complaintReasons: {
      entity: 'complaint',
      date: ({ reportedOn }) => plainDay(reportedOn),
      group: ({ reason }) => [idOf(reason)],
      measures: { complaints: count(), refund: sum('refund') },
    },
    complaintsByProduct: {
      entity: 'complaint',
      date: ({ reportedOn }) => plainDay(reportedOn),
      group: ({ product }) => [idOf(product)],
      measures: {
        complaints: count(),
        returns: count(kind('return')),
        answered: count(answered),
        share: share(count(answered), count()),
        refund: sum('refund'),
      },
    },
    clientClasses: {
      entity: 'order',
      date: ({ orderedOn }) => plainDay(orderedOn),
      group: ({ customer }) => [idOf(customer)],
      measures: { sum: sum('total'), orders: count(), average: avg('total') },
    },
  };
}

export interface Span {
  readonly from?: string;
  readonly to?: string;
}

/** Rows by the JSON of their dimensions, and the totals. */
export function figuresOf(truth: Truth, records: readonly RecordData[], { from = '', to = '9999' }: Span) {
  const isAll = from === '' && to === '9999';
  const kept = records.filter((one) => {
    if (truth.keep && !truth.keep(one)) return false;
    const day = truth.date?.(one) ?? null;
    return isAll || (day !== null && day >= from && day <= to);
  });
  const groups = new Map<string, RecordData[]>();
  for (const one of kept) {
    const key = JSON.stringify(truth.group(one));
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const measured = (some: readonly RecordData[]) =>
    Object.fromEntries(Object.entries(truth.measures).map(([key, measure]) => [key, measure(some)]));
  return { rows: new Map([...groups].map(([key, some]) => [key, measured(some)])), totals: measured(kept) };
}
