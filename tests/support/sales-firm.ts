import type { ActionServices } from '../../core/automation/actions/built-in.ts';
import type { Letter } from '../../core/automation/actions/mail.ts';
import type { Context } from '../../core/context.ts';
import type { JobInfo } from '../../core/jobs/types.ts';
import type { Database } from '../../core/storage/database.ts';
import type { Dialect } from './databases.ts';
import { openRuleBench } from './rule-bench.ts';
import type { RuleBench } from './rule-bench.ts';

/** A Friday, 17:50 in Tallinn: ten minutes before the office closes. */
export const START = Date.parse('2026-03-06T15:50:00.000Z');

type OutboundCall = Parameters<ActionServices['outbound']['send']>[0];
type FarEnd = Pick<SalesFirm, 'letters' | 'requests' | 'made' | 'failMail' | 'status'>;

type Name = 'olga' | 'helen' | 'anna' | 'mark';

/** A small sales team on the base package, with a rule of every kind: olga owns, helen leads, anna and mark sell. */
export interface SalesFirm {
  readonly bench: RuleBench;
  readonly people: Readonly<Record<Name, string>>;
  /** Uma, a contact in Tartu. */
  readonly customer: string;
  /** What reached the mail server, refused or not. */
  readonly letters: Letter[];
  /** What was sent to other programs. */
  readonly requests: OutboundCall[];
  /** Keys of the documents asked for. */
  readonly made: string[];
  failMail: Error | null;
  /** What the other program answers. */
  status: number;
  deal(input?: object, ctx?: Context): Promise<string>;
  nameOf(user: unknown): string | undefined;
  /** Whom, what. */
  notices(): Promise<readonly (readonly [string | undefined, unknown])[]>;
  /** Removes all notices. */
  clean(): Promise<void>;
  /** The newest job of a rule. */
  jobOf(rule: string): Promise<JobInfo | undefined>;
}

const PDF = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\n%%EOF\n');

const rule = (name: string, document: object) => ({
  [`schemas/automations/${name}.json`]: { $schema: 'x', name, title: name, as: 'system', ...document },
});
const aboutRecord = { entity: 'deal', id: { $expr: 'record.id' } };

const PROJECT = {
  'schemas/pipelines/sales.json': {
    $schema: 'x',
    name: 'sales',
    title: 'Sales',
    entity: 'deal',
    stages: [
      { key: 'new', title: 'New', kind: 'open' },
      { key: 'talk', title: 'Talk', kind: 'open' },
      { key: 'offer', title: 'Offer', kind: 'open' },
      { key: 'won', title: 'Won', kind: 'won' },
      { key: 'lost', title: 'Lost', kind: 'lost' },
    ],
    transitions: [
      { key: 'toTalk', from: ['*'], to: 'talk' },
      { key: 'toOffer', from: ['*'], to: 'offer' },
      { key: 'toWon', from: ['*'], to: 'won', requires: ['expectedOn'] },
      { key: 'toLost', from: ['*'], to: 'lost' },
    ],
  },
  'locales/et.json': {
    'automations.greet.call.title': 'Helista: {{record.customer.name}}',
    'automations.greet.tell.title': 'Uus tehing: {{record.title}}',
  },
  ...rule('greet', {
    on: { trigger: 'created', entity: 'deal' },
    when: { stage: 'new', source: { ne: 'repeat' } },
    load: ['customer'],
    do: [
      { key: 'assign', action: 'assign', with: { strategy: 'roundRobin', role: 'manager' } },
      {
        key: 'call',
        action: 'create',
        with: {
          entity: 'task',
          set: {
            title: 'Call: {{record.customer.name}}',
            about: aboutRecord,
            dueAt: { $workingTime: '15m' },
            assignee: { $expr: 'record.assignee' },
          },
        },
      },
      {
        key: 'tell',
        action: 'notify',
        when: { 'customer.city': 'Tartu' },
        with: { to: { $expr: 'record.assignee' }, title: 'New deal: {{record.title}}', body: '{{steps.call.id}}' },
      },
    ],
  }),
  ...rule('stale', {
    on: { trigger: 'stayed', entity: 'deal', pipeline: 'sales', stage: 'talk', for: '2d' },
    do: [
      {
        key: 'head',
        action: 'notify',
        with: { to: { headOf: { $expr: 'record.assignee' } }, title: 'Stale: {{record.title}}' },
      },
    ],
  }),
  ...rule('dayBefore', {
    on: { trigger: 'due', entity: 'deal', field: 'expectedOn', offset: '-1d' },
    when: { stage: { ne: 'lost' } },
    do: [{ key: 'owner', action: 'notify', with: { to: { role: 'owner' }, title: 'Tomorrow: {{record.title}}' } }],
  }),
  ...rule('sendOffer', {
    on: { trigger: 'entered', entity: 'deal', stage: 'offer' },
    load: ['customer'],
    do: [
      { key: 'note', action: 'update', with: { set: { notes: 'Offer from {{before.stage}}' } } },
      { key: 'paper', action: 'document', with: { template: 'paper' } },
      {
        key: 'mail',
        action: 'mail',
        when: { 'customer.email': { empty: false } },
        with: {
          to: { $expr: 'record.customer.email' },
          subject: 'Offer {{steps.paper.number}}',
          body: 'Dear {{record.customer.name}}',
          attach: { $expr: 'steps.paper.id' },
        },
      },
      { key: 'done', action: 'update', with: { set: { referrer: 'sent {{steps.mail.messageId}}' } } },
    ],
  }),
  ...rule('afterPaper', {
    on: { trigger: 'event', entity: 'deal', event: 'mail.sent' },
    do: [{ key: 'mark', action: 'update', with: { set: { utmMedium: 'mailed' } } }],
  }),
  ...rule('win', {
    on: { trigger: 'updated', entity: 'deal', fields: ['utmCampaign'] },
    when: { utmCampaign: 'win' },
    do: [{ key: 'move', action: 'move', with: { to: 'won' } }],
  }),
  ...rule('ping', {
    on: { trigger: 'updated', entity: 'contact', fields: ['city'] },
    when: { city: { startsWith: 'loop' } },
    do: [{ key: 'pong', action: 'update', with: { set: { address: 'at {{record.version}}' } } }],
  }),
  ...rule('pong', {
    on: { trigger: 'updated', entity: 'contact', fields: ['address'] },
    do: [{ key: 'ping', action: 'update', with: { set: { city: 'loop {{record.version}}' } } }],
  }),
  ...rule('byOwner', {
    on: { trigger: 'left', entity: 'deal', stage: 'talk' },
    when: { source: 'phone' },
    as: 'owner',
    do: [{ key: 'note', action: 'update', with: { set: { notes: 'left talk' } } }],
  }),
  ...rule('pick', {
    on: { trigger: 'created', entity: 'task' },
    when: { title: 'pick' },
    do: [{ key: 'pick', action: 'assign', with: { strategy: 'leastLoaded', role: 'manager' } }],
  }),
  ...rule('nobody', {
    on: { trigger: 'created', entity: 'task' },
    when: { title: 'nobody' },
    do: [{ key: 'pick', action: 'assign', with: { strategy: 'roundRobin', role: 'specialist' } }],
  }),
  ...rule('monthly', {
    on: { trigger: 'due', entity: 'task', field: 'dueAt', offset: '0s' },
    when: { title: 'monthly' },
    do: [{ key: 'again', action: 'update', with: { set: { dueAt: { $after: '30d' } } } }],
  }),
  'schemas/automations/farewell.json': {
    $schema: 'x',
    name: 'farewell',
    title: 'farewell',
    as: 'system',
    on: { trigger: 'deleted', entity: 'deal' },
    do: [
      {
        key: 'tell',
        action: 'notify',
        with: {
          to: { role: 'owner' },
          title: 'Gone: {{record.title}}',
          about: { entity: 'contact', id: { $expr: 'record.customer' } },
        },
      },
    ],
  },
  'templates/paper.hbs': '<p>{{record.title}}</p>',
  'templates/paper.json': {
    $schema: 'x',
    name: 'paper',
    title: 'Paper',
    entity: 'deal',
    purpose: 'offer',
    fileName: 'Paper',
    paper: 'A4',
    load: [],
  },
};

/** `through`: the database as the process has it. */
export async function openSalesFirm(dialect: Dialect, through?: (db: Database) => Database): Promise<SalesFirm> {
  const far: FarEnd = {
    letters: [],
    requests: [],
    made: [],
    failMail: null,
    status: 200,
  };
  const bench = await openRuleBench({
    dialect,
    start: START,
    project: PROJECT,
    services: (bench) => farEnd(bench, far),
    ...(through ? { through } : {}),
  });
  const people = await hire(bench);
  const customer = await bench.add('contact', { name: 'Uma', city: 'Tartu', email: 'uma@example.com' });
  await bench.jobs.drain();
  const nameOf = (id: unknown) => Object.entries(people).find(([, value]) => value === id)?.[0];
  return Object.assign(far, {
    bench,
    people,
    customer,
    nameOf,
    deal: (input: object = {}, ctx = bench.as()) => bench.add('deal', { title: 'Big', customer, ...input }, ctx),
    notices: async () => (await bench.all('notification')).map((row) => [nameOf(row['user']), row['title']] as const),
    jobOf: async (rule: string) =>
      (await bench.jobs.listJobs({ limit: 1_000 })).find((job) => job.key.startsWith(`${rule}:`)),
    async clean() {
      for (const { id } of await bench.all('notification')) {
        if (typeof id === 'string') await bench.records.write(bench.as(), { op: 'delete', entity: 'notification', id });
      }
    },
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
  const user = (name: string, roles: string[], more: object = {}) =>
    bench.add('user', { name, email: `${name}@example.com`, roles, ...more });
  const people = {
    olga: await user('olga', ['owner']),
    helen: await user('helen', ['head'], { teams: [sales] }),
    anna: await user('anna', ['manager'], { teams: [sales], language: 'et' }),
    mark: await user('mark', ['manager'], { teams: [sales] }),
  };
  await user('idle', ['manager'], { active: false });
  await bench.set('team', sales, { head: people.helen });
  await bench.set('team', top, { head: people.olga });
  return people;
}

/** The far ends: a printer and a mail server. */
function farEnd(bench: RuleBench, far: FarEnd): ActionServices {
  return {
    documents: {
      async generate(ctx, { entity, id, key }) {
        far.made.push(key);
        const [known] = await bench.all('document', { filter: { title: key } });
        if (known) return known;
        const { id: file } = await bench.files.keep(ctx, { name: 'Offer.pdf', type: 'application/pdf', content: PDF });
        const input = { title: key, number: 'OFF-1', file, about: { entity, id } };
        return bench.records.write(ctx, { op: 'create', entity: 'document', input });
      },
    },
    mail: {
      async send(_, letter) {
        far.letters.push(letter);
        if (far.failMail) throw far.failMail;
        return { messageId: `<${far.letters.length}@test>` };
      },
    },
    outbound: {
      async send(request) {
        far.requests.push(request);
        return { status: far.status, body: '' };
      },
    },
  };
}
