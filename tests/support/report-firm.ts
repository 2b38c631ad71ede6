import type { RecordData } from '../../core/fields/field-type.ts';
import type { Dialect } from './databases.ts';
import { startHttpApp } from './http-app.ts';
import type { HttpTestApp } from './http-app.ts';
import { createRandom } from './random.ts';
import type { Random } from './random.ts';

/** Half a year of a firm on the base package: deals, orders, talks, tasks, complaints, plans. */
export interface ReportFirm {
  readonly app: HttpTestApp;
  readonly people: readonly string[];
  /** Every record of an entity, as the system sees it. */
  all(entity: string): Promise<readonly RecordData[]>;
  close(): Promise<void>;
}

const HOUR = 3_600_000;
const ROUNDS = 20;
const SOURCES = ['site', 'phone', 'walk-in', null] as const;
const day = (at: number) => new Date(at).toISOString().slice(0, 10);
const cents = (random: Random, most: number) => (random.below(most) / 100).toFixed(2);

/** Fields that some role of the firm does not see. */
export const HIDDEN = [
  'deal.total',
  'deal.outcome',
  'deal.source',
  'deal.assignee',
  'deal.closedOn',
  'order.total',
  'order.balance',
  'order.shippedOn',
  'order.requiredOn',
  'activity.at',
  'activity.outcome',
  'activity.competitor',
  'task.doneAt',
  'task.dueAt',
  'complaint.product',
  'complaint.refund',
  'salesTarget.amount',
  'salesTarget.assignee',
  'contact.phone',
] as const;

/** The role that sees everything but one field. */
export function blindRole(field: string): string {
  return `blind${field.replace(/[^a-zA-Z]/g, '')}`;
}

function blindRoles(): Readonly<Record<string, unknown>> {
  const roles = HIDDEN.map((field) => {
    const [entity = '', key = ''] = field.split('.');
    const name = blindRole(field);
    const entities = { '*': { read: 'all' }, [entity]: { read: 'all', fields: { [key]: 'hidden' } } };
    return [`schemas/roles/${name}.json`, { name, title: name, entities, operations: ['reports'] }] as const;
  });
  return Object.fromEntries(roles);
}

export async function openReportFirm(dialect: Dialect): Promise<ReportFirm> {
  const app = await startHttpApp(dialect, { workers: false, files: blindRoles() });
  const { records } = app.app;
  const ctx = app.app.system('a past');
  const add = async (entity: string, inputs: readonly object[]) => {
    const texts = await records.createAll(ctx, { entity, inputs });
    return texts.map((text) => JSON.parse(text) as RecordData);
  };
  const ids = (rows: readonly RecordData[]) => rows.map(({ id }) => String(id));
  const teams = ids(await add('team', [{ name: 'East' }, { name: 'West' }]));
  const people = await Promise.all(
    ['anna', 'mark', 'sue'].map((name, index) =>
      app.addUser({ email: `${name}@example.com`, roles: ['manager'], rest: { teams: [teams[index % 2]!] } }),
    ),
  );
  const random = createRandom(7);
  const someone = () => random.pick([...people, null]);
  const contacts = ids(
    await add(
      'contact',
      Array.from({ length: 30 }, (_, index) => ({ name: `Client ${index}`, assignee: someone() })),
    ),
  );
  const companies = ids(
    await add(
      'company',
      Array.from({ length: 8 }, (_, index) => ({ name: `Firm ${index}` })),
    ),
  );
  const products = ids(
    await add(
      'product',
      ['A', 'B', 'C'].map((name) => ({ name, price: '10.00' })),
    ),
  );
  await add('salesTarget', targets(random, people));
  for (let round = 0; round < ROUNDS; round += 1) {
    app.pass(6 * 24 * HOUR + random.below(40) * HOUR);
    const now = ctx.clock.now();
    const about = { random, now, someone, contacts, companies, products };
    const deals = ids(
      await add(
        'deal',
        Array.from({ length: 10 }, () => dealOf(about)),
      ),
    );
    await add(
      'dealLine',
      deals.slice(1).map((deal) => ({ deal, title: 'Work', quantity: '1', price: cents(random, 400_000) })),
    );
    for (const id of deals) await closeSome(app, { id, random, now });
    const orders = ids(
      await add(
        'order',
        Array.from({ length: 5 }, () => orderOf(about)),
      ),
    );
    await add(
      'orderLine',
      orders.map((order) => ({ order, product: random.pick(products), quantity: '2', price: cents(random, 200_000) })),
    );
    await add(
      'payment',
      orders
        .slice(0, 2)
        .map((id) => ({ amount: cents(random, 90_000), paidOn: day(now), about: { entity: 'order', id } })),
    );
    await add(
      'activity',
      Array.from({ length: 12 }, () => activityOf({ ...about, deals })),
    );
    await add(
      'task',
      Array.from({ length: 6 }, () => taskOf(about)),
    );
    await add(
      'complaint',
      Array.from({ length: 3 }, () => complaintOf(about)),
    );
  }
  return {
    app,
    people,
    close: () => app.close(),
    async all(entity) {
      const found: RecordData[] = [];
      let after: string | undefined;
      do {
        const page = await records.list(ctx, { entity, limit: 1000, ...(after === undefined ? {} : { after }) });
        found.push(...page.data);
        after = page.next ?? undefined;
      } while (after !== undefined);
      return found;
    },
  };
}

interface About {
  readonly random: Random;
  readonly now: number;
  someone(): string | null;
  readonly contacts: readonly string[];
  readonly companies: readonly string[];
  readonly products: readonly string[];
}

function targets(random: Random, people: readonly string[]): object[] {
  return people.flatMap((assignee) =>
    ['2026-04-01', '2026-05-01', '2026-06-01', '2026-07-01'].map((startsOn) => ({
      assignee,
      startsOn,
      amount: cents(random, 900_000),
      deals: random.below(9),
    })),
  );
}

function dealOf({ random, someone, contacts }: About): object {
  return { title: 'Deal', customer: random.pick(contacts), source: random.pick(SOURCES), assignee: someone() };
}

/** Some are won at once, some lost, some stay. */
async function closeSome(
  { app }: HttpTestApp,
  { id, random, now }: { readonly id: string; readonly random: Random; readonly now: number },
): Promise<void> {
  if (random.chance(0.35)) return;
  const isWon = random.chance(0.6);
  const closedOn = day(now - random.below(20) * 24 * HOUR);
  const input = isWon
    ? { outcome: 'won', closedOn }
    : { outcome: 'lost', closedOn, lostReason: random.pick(['price', 'term', 'no-answer']) };
  await app.records.write(app.system('a past'), { op: 'update', entity: 'deal', id, input });
}

function orderOf({ random, now, someone, contacts, companies }: About): object {
  const on = (chance: number, around: number) =>
    random.chance(chance) ? day(now + (random.below(30) - around) * 24 * HOUR) : null;
  const isFirm = random.chance(0.5);
  return {
    customer: isFirm
      ? { entity: 'company', id: random.pick(companies) }
      : { entity: 'contact', id: random.pick(contacts) },
    assignee: someone(),
    orderedOn: day(now),
    requiredOn: on(0.8, 10),
    shippedOn: on(0.6, 15),
    paymentDueOn: on(0.8, 10),
    paidOn: on(0.5, 15),
  };
}

function activityOf({ random, now, someone, contacts, deals }: About & { readonly deals: readonly string[] }): object {
  return {
    kind: random.pick(['call', 'call', 'call', 'meeting', 'visit', 'mail', 'note', 'message']),
    subject: 'Talk',
    at: new Date(now - random.below(9 * 24) * HOUR).toISOString(),
    assignee: someone(),
    outcome: random.chance(0.5) ? 'Agreed' : null,
    nextStep: random.chance(0.3) ? 'Call' : null,
    market: random.chance(0.1) ? 'Ships the same day' : null,
    competitor: random.chance(0.1) ? random.pick(['Alfa', 'Beta']) : null,
    about: random.chance(0.5)
      ? { entity: 'deal', id: random.pick(deals) }
      : { entity: 'contact', id: random.pick(contacts.slice(0, 12)) },
  };
}

function taskOf({ random, now, someone }: About): object {
  const dueAt = new Date(now + (random.below(200) - 100) * HOUR).toISOString();
  const doneAt = new Date(now + (random.below(200) - 100) * HOUR).toISOString();
  return {
    title: 'Task',
    assignee: someone(),
    dueAt: random.chance(0.8) ? dueAt : null,
    doneAt: random.chance(0.6) ? doneAt : null,
  };
}

function complaintOf({ random, now, someone, products, contacts }: About): object {
  const on = (chance: number) => (random.chance(chance) ? day(now + random.below(10) * 24 * HOUR) : null);
  return {
    title: 'Case',
    kind: random.pick(['complaint', 'return', 'warranty']),
    reason: random.pick(['quality', 'damage', null]),
    product: random.pick([...products, null]),
    assignee: someone(),
    about: { entity: 'contact', id: random.pick(contacts) },
    reportedOn: day(now),
    answerDueOn: on(0.7),
    answeredOn: on(0.6),
    refund: random.chance(0.4) ? cents(random, 30_000) : null,
  };
}
