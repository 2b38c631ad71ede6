import type { ActionServices } from '../../core/automation/actions/built-in.ts';
import type { Context } from '../../core/context.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import type { Dialect } from './databases.ts';
import { openRuleBench } from './rule-bench.ts';
import type { RuleBench } from './rule-bench.ts';

/** A Friday, 17:50 in Tallinn: ten minutes before the office closes. */
export const START = Date.parse('2026-03-06T15:50:00.000Z');

export type Name = 'olga' | 'helen' | 'anna' | 'mark';

/** The people of a small firm on the base package, with the rules a test brings: olga owns, helen leads, anna and mark sell. */
export interface RuleFirm {
  readonly bench: RuleBench;
  readonly people: Readonly<Record<Name, string>>;
  /** Uma, a contact in Tartu. */
  readonly customer: string;
  /** What was sent to other programs. */
  readonly requests: Parameters<ActionServices['outbound']['send']>[0][];
  /** What they answer. */
  status: number;
  as(name: Name): Context;
  deal(input?: object): Promise<string>;
  deals(id: string): Promise<RecordData | undefined>;
  nameOf(user: unknown): string | undefined;
  /** Whom, what. */
  notices(): Promise<readonly (readonly [string | undefined, unknown])[]>;
  later(ms: number): Promise<void>;
}

const PIPELINE = {
  name: 'sales',
  title: 'Sales',
  entity: 'deal',
  stages: [
    { key: 'new', title: 'New', kind: 'open' },
    { key: 'talk', title: 'Talk', kind: 'open' },
    { key: 'won', title: 'Won', kind: 'won' },
    { key: 'lost', title: 'Lost', kind: 'lost' },
  ],
  transitions: [
    { key: 'toTalk', from: ['*'], to: 'talk' },
    { key: 'toNew', from: ['*'], to: 'new' },
    { key: 'toWon', from: ['*'], to: 'won' },
    { key: 'toLost', from: ['*'], to: 'lost' },
  ],
};

const ROLES: Readonly<Record<Name, string>> = { olga: 'owner', helen: 'head', anna: 'manager', mark: 'manager' };

export async function openRuleFirm(
  dialect: Dialect,
  rules: Readonly<Record<string, object>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<RuleFirm> {
  const far: Pick<RuleFirm, 'requests' | 'status'> = { requests: [], status: 200 };
  const never = () => Promise.reject(new Error('Nothing is sent here.'));
  const files = Object.entries(rules).map(([name, document]) => [
    `schemas/automations/${name}.json`,
    { name, title: name, ...document },
  ]);
  const bench = await openRuleBench({
    dialect,
    start: START,
    project: { 'schemas/pipelines/sales.json': PIPELINE, ...Object.fromEntries(files), ...more },
    services: () => ({
      documents: { generate: never },
      mail: { send: never },
      outbound: {
        async send(request) {
          far.requests.push(request);
          return { status: far.status, body: '' };
        },
      },
    }),
  });
  const people = await hire(bench);
  await bench.automation.keepSchedules();
  const customer = await bench.add('contact', { name: 'Uma', city: 'Tartu', email: 'uma@example.com' });
  await bench.jobs.drain();
  const nameOf = (id: unknown) => Object.entries(people).find(([, value]) => value === id)?.[0];
  return Object.assign(far, {
    bench,
    people,
    customer,
    nameOf,
    as: (name: Name) => {
      const ctx = bench.as(people[name]);
      const principal = { ...ctx.principal, name, roles: [ROLES[name]], teamMates: [people[name]] };
      return { ...ctx, principal };
    },
    deal: (input: object = {}) => bench.add('deal', { title: 'Big', customer, stage: 'new', ...input }),
    deals: async (id: string) => (await bench.all('deal', { filter: { id } }))[0],
    notices: async () => (await bench.all('notification')).map((row) => [nameOf(row['user']), row['title']] as const),
    later: (ms: number) => bench.at(bench.now + ms),
  });
}

async function hire(bench: RuleBench): Promise<Record<Name, string>> {
  await bench.add('organisation', {
    name: 'Firm',
    country: 'EE',
    currency: 'EUR',
    zone: 'Europe/Tallinn',
    language: 'en',
    calendar: 'office',
  });
  await bench.records.refreshOrganisation();
  const top = await bench.add('team', { name: 'Top' });
  const sales = await bench.add('team', { name: 'Sales', parent: top });
  const user = (name: Name, more: object = {}) =>
    bench.add('user', { name, email: `${name}@example.com`, roles: [ROLES[name]], ...more });
  const people = {
    olga: await user('olga'),
    helen: await user('helen', { teams: [sales] }),
    anna: await user('anna', { teams: [sales] }),
    mark: await user('mark', { teams: [sales] }),
  };
  await bench.set('team', sales, { head: people.helen });
  await bench.set('team', top, { head: people.olga });
  return people;
}
