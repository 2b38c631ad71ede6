import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DefinitionErrors } from '../../core/definitions/definition-errors.ts';
import { findBaseDir } from '../../core/definitions/base-dir.ts';
import { loadModel, type LoadOptions } from '../../core/definitions/load-model.ts';
import type { Model } from '../../core/definitions/model.ts';
import { createFieldTypes } from '../../core/fields/registry.ts';

/** Files by path below the project; anything but a text or bytes is written as JSON. */
export type Files = Readonly<Record<string, unknown>>;

/** Writes a project into a folder of its own, runs the work and removes it. `base` of the options holds files of the base package. */
export function withProject<T>(
  files: Files,
  work: (project: { readonly projectDir: string; readonly baseDir: string }) => T,
): T {
  const root = mkdtempSync(join(tmpdir(), 'casement-definitions-'));
  const projectDir = join(root, 'project');
  const baseDir = join(root, 'base');
  try {
    mkdirSync(join(baseDir, 'schemas'), { recursive: true });
    symlinkSync(join(findBaseDir(), 'schemas', 'meta'), join(baseDir, 'schemas', 'meta'));
    for (const [path, content] of Object.entries({ 'package.json': { name: 'firm', version: '1.0.0' }, ...files })) {
      const file = path.startsWith('../base/') ? join(root, path.slice(3)) : join(projectDir, path);
      mkdirSync(dirname(file), { recursive: true });
      const isRaw = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(file, isRaw ? content : JSON.stringify(content));
    }
    return work({ projectDir, baseDir });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The model of a project made of these files alone. */
export function loadFiles(files: Files, options: Partial<LoadOptions> = {}): Model {
  return withProject(files, (dirs) => loadModel({ ...dirs, fieldTypes: createFieldTypes(), ...options }));
}

/** The errors of a project made of these files, as they are printed; none when it loads. */
export function errorsOf(files: Files, options: Partial<LoadOptions> = {}): readonly string[] {
  try {
    loadFiles(files, options);
    return [];
  } catch (error) {
    if (error instanceof DefinitionErrors) return error.toString().split('\n');
    throw error;
  }
}

/** A copy of the files with a change, so that a broken example differs from the good one in that place alone. */
export function change(files: Files, path: string, edit: Edit): Files {
  const content = structuredClone(files[path]) as Content;
  edit(content);
  return { ...files, [path]: content };
}

/** A small firm with one definition of each kind: clients, orders with lines, users. */
export const SMALL_FIRM: Files = {
  'schemas/entities/user.json': {
    $id: 'user',
    title: 'User',
    type: 'object',
    'x-entity': { plural: 'users', display: '{{name}}' },
    properties: {
      name: { type: 'string', maxLength: 80 },
      roles: { type: 'array', 'x-field': { type: 'multiSelect', options: 'roles' } },
    },
    required: ['name'],
  },
  'schemas/entities/client.json': {
    $id: 'client',
    title: 'Client',
    type: 'object',
    'x-entity': { plural: 'clients', display: '{{name}} ({{city}})', owner: 'keeper' },
    properties: {
      name: { type: 'string', maxLength: 80 },
      phone: { type: 'string', format: 'phone' },
      city: { type: 'string', maxLength: 60 },
      language: { enum: ['en', 'et'] },
      keeper: { 'x-field': { to: 'user' } },
    },
    required: ['name'],
  },
  'schemas/entities/order.json': {
    $id: 'order',
    title: 'Order',
    type: 'object',
    'x-entity': {
      plural: 'orders',
      pluralTitle: 'All orders',
      display: '{{title}}',
      owner: 'assignee',
      unique: [['title', 'client']],
    },
    properties: {
      title: { type: 'string', title: 'What', maxLength: 120, description: 'A few words.' },
      client: { type: 'string', 'x-field': { type: 'reference', to: 'client', inverse: 'orders', timeline: true } },
      assignee: { 'x-field': { to: 'user' }, default: '$me' },
      source: { enum: ['site', 'walk-in'], 'x-field': { titles: { site: 'Web site' } } },
      total: { 'x-field': { type: 'money', rollup: { of: 'lines', sum: 'amount', where: { quantity: { gt: 0 } } } } },
      dueOn: { type: 'string', format: 'date', default: { $date: '14d' } },
      vat: { 'x-field': { type: 'money', computed: 'gross * 0.2' } },
      gross: { 'x-field': { type: 'money', computed: 'coalesce(total, 0)' } },
    },
    required: ['title', 'client'],
    dependentRequired: { source: ['dueOn'] },
    additionalProperties: false,
  },
  'schemas/entities/line.json': {
    $id: 'line',
    title: 'Line',
    type: 'object',
    'x-entity': { plural: 'lines', display: '{{name}}', access: { via: 'order' } },
    properties: {
      order: { 'x-field': { to: 'order', inverse: 'lines', onDelete: 'cascade' } },
      name: { type: 'string', maxLength: 80 },
      quantity: { type: 'integer', default: 1, minimum: 0 },
      price: { 'x-field': { type: 'money' }, default: 12.5 },
      amount: { 'x-field': { type: 'money', computed: 'quantity * price' } },
    },
    required: ['order', 'name'],
  },
  'schemas/pipelines/sales.json': {
    name: 'sales',
    title: 'Sales',
    entity: 'order',
    stages: [
      { key: 'fresh', title: 'New', kind: 'open', probability: 10, goal: '15m', help: 'Call back.' },
      { key: 'at-work', kind: 'open' },
      { key: 'won', kind: 'won' },
      { key: 'lost', kind: 'lost' },
    ],
    transitions: [
      { key: 'begin', from: ['fresh'], to: 'at-work', requires: ['dueOn', 'lines'] },
      {
        key: 'win',
        from: ['at-work'],
        to: 'won',
        requires: [{ key: 'paid', field: 'total', condition: { total: { gt: 0 } }, message: 'Price it first.' }],
        roles: ['seller'],
      },
      { key: 'lose', from: ['*'], to: 'lost' },
    ],
  },
  'schemas/automations/greet.json': {
    name: 'greet',
    title: 'Greet',
    on: { trigger: 'entered', entity: 'order', pipeline: 'sales', stage: 'fresh' },
    when: { source: 'site' },
    load: ['client'],
    do: [
      { key: 'tell', action: 'notify', with: { to: { role: 'seller' }, title: 'New: {{record.client.name}}' } },
      { key: 'date', action: 'update', when: { dueOn: null }, with: { set: { dueOn: { $date: '7d' } } } },
    ],
  },
  'schemas/roles/seller.json': {
    name: 'seller',
    entities: {
      order: { read: 'own', update: { source: 'site' }, fields: { vat: 'hidden' } },
      '*': { read: 'all' },
    },
    operations: ['reports'],
  },
  'schemas/views/board.json': {
    name: 'board',
    entity: 'order',
    kind: 'board',
    fields: ['title', 'client.city', 'lines'],
    groups: [{ key: 'main', fields: ['title'] }],
    filter: { source: 'site' },
    sort: ['-createdAt'],
    group: 'stage',
    pipeline: 'sales',
    menu: 1,
  },
  'schemas/forms/ask.json': {
    name: 'ask',
    thanks: 'Thanks!',
    fields: [
      { key: 'who', title: 'Your name', like: 'client.name', required: true },
      { key: 'tel', like: 'client.phone' },
    ],
    creates: [
      {
        key: 'client',
        entity: 'client',
        match: ['phone'],
        set: { name: { $expr: 'form.who' }, phone: { $expr: 'form.tel' } },
      },
      { key: 'order', entity: 'order', set: { title: 'From {{form.who}}', client: { $ref: 'client' } } },
    ],
  },
  'schemas/reports/bySource.json': {
    name: 'bySource',
    title: 'By source',
    description: 'Orders by where they come from.',
    entity: 'order',
    measures: [
      { key: 'all', aggregate: 'count' },
      { key: 'won', aggregate: 'count', filter: { stage: 'won' } },
      { key: 'share', aggregate: 'ratio', of: ['won', 'all'] },
      { key: 'sum', title: 'Money', aggregate: 'sum', field: 'total' },
    ],
    dimensions: ['source', 'createdAt:month'],
    period: 'createdAt',
    chart: 'bar',
  },
  'schemas/calendars/office.json': {
    name: 'office',
    zone: 'Europe/Tallinn',
    week: { mon: ['09:00-12:00', '13:00-18:00'], sat: ['10:00-24:00'] },
    holidays: ['12-25', '2026-04-03'],
  },
  'templates/offer.json': {
    name: 'offer',
    entity: 'order',
    purpose: 'offer',
    language: 'client.language',
    fileName: 'Offer {{document.number}}',
    sequence: 'OFF-{YYYY}-{0000}',
    load: ['client', 'lines'],
    texts: { heading: 'Our offer' },
  },
  'templates/offer.hbs': '<h1>{{t "heading"}}</h1>{{#each record.lines}}{{name}} {{money amount}}{{/each}}',
  'templates/offer.et.hbs': '<h1>{{t "heading"}}</h1>{{record.client.name}}',
  'locales/et.json': {
    'entities.order.title': 'Tellimus',
    'entities.order.fields.title': 'Mis',
    'entities.order.help.title': 'Paar sõna.',
    'entities.order.options.source.site': 'Veebileht',
    'pipelines.sales.stages.fresh.title': 'Uus',
    'pipelines.sales.requirements.win.paid': 'Enne hind.',
    'fields.createdAt': 'Loodud',
    'templates.offer.texts.heading': 'Meie pakkumine',
    'automations.greet.tell.title': 'Uus: {{record.client.name}}',
  },
  'seed/first.json': [
    { entity: 'client', key: 'acme', set: { name: 'Acme' } },
    { entity: 'order', key: 'first', at: '-2d', set: { title: 'First', client: { $ref: 'acme' } } },
    { move: 'first', to: 'at-work', at: '-1d', set: { dueOn: { $date: '3d' } } },
  ],
};

/** Where each definition of the small firm stands. */
export const FIRM_PATHS = {
  order: 'schemas/entities/order.json',
  client: 'schemas/entities/client.json',
  pipeline: 'schemas/pipelines/sales.json',
  automation: 'schemas/automations/greet.json',
  role: 'schemas/roles/seller.json',
  view: 'schemas/views/board.json',
  form: 'schemas/forms/ask.json',
  report: 'schemas/reports/bySource.json',
  calendar: 'schemas/calendars/office.json',
  template: 'templates/offer.json',
  locale: 'locales/et.json',
  seed: 'seed/first.json',
} as const;

export type FirmPart = keyof typeof FIRM_PATHS;

/** A definition as an edit sees it. */
export type Content = Record<string, unknown>;
export type Edit = (content: Content) => unknown;

/** The errors of the small firm with one change. */
export function broken(kind: FirmPart, edit: Edit): readonly string[] {
  return errorsOf(change(SMALL_FIRM, FIRM_PATHS[kind], edit), { demo: true });
}

/** The member of a definition at a path such as `do/0/with`. */
export function member(content: Record<string, unknown>, path: string): Content {
  return path.split('/').reduce<unknown>((value, key) => (value as Content)[key], content) as Content;
}
