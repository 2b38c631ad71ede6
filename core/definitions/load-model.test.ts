import { describe, expect, test } from 'vitest';
import { change, loadFiles, SMALL_FIRM, withProject } from '../../tests/support/definitions.ts';
import { createFieldTypes } from '../fields/registry.ts';
import { findBaseDir } from './base-dir.ts';
import { loadModel } from './load-model.ts';

describe('a small firm', () => {
  const model = loadFiles(SMALL_FIRM);
  const order = model.entity('order');

  test('fields: declared, then pipeline and stage, then system', () => {
    expect([...order.fields.keys()]).toEqual([
      ...['title', 'client', 'assignee', 'source', 'total', 'dueOn', 'vat', 'gross', 'pipeline', 'stage'],
      ...['id', 'version', 'createdAt', 'updatedAt', 'createdBy', 'updatedBy', 'deletedAt'],
    ]);
    expect([...order.fields.values()].map((field) => field.type.name)).toEqual([
      ...['text', 'reference', 'reference', 'select', 'money', 'date', 'money', 'money', 'select', 'select'],
      ...['id', 'integer', 'dateTime', 'dateTime', 'reference', 'reference', 'dateTime'],
    ]);
  });

  test('what is filled, worked out and kept by the system', () => {
    const fields = [...order.fields.values()];
    const keys = (wanted: (field: (typeof fields)[number]) => boolean) =>
      fields.filter(wanted).map((field) => field.key);
    expect(keys((field) => field.required)).toEqual([
      ...['title', 'client', 'pipeline', 'stage', 'id', 'version', 'createdAt', 'updatedAt'],
    ]);
    expect(keys((field) => field.readOnly && !field.system)).toEqual(['total', 'vat', 'gross']);
    expect(keys((field) => field.system)).toEqual([
      ...['id', 'version', 'createdAt', 'updatedAt', 'createdBy', 'updatedBy', 'deletedAt'],
    ]);
    expect(order.computedOrder).toEqual(['gross', 'vat']);
    expect(order.fields.get('vat')?.computed?.reads).toEqual(['gross']);
  });

  test('facts of an entity and of its fields', () => {
    expect(order).toMatchObject({
      plural: 'orders',
      title: 'Order',
      pluralTitle: 'All orders',
      single: false,
      owner: 'assignee',
      pipelines: ['sales'],
    });
    expect(model.entity('client')).toMatchObject({
      pluralTitle: 'Clients',
      display: [{ field: 'name' }, { text: ' (' }, { field: 'city' }, { text: ')' }],
    });
    expect(model.entity('line').accessVia).toBe('order');
    expect(order.unique).toEqual([['title', 'client']]);
    expect(order.fields.get('title')).toMatchObject({
      title: 'What',
      maxLength: 120,
      help: 'A few words.',
      package: 'firm',
      unique: false,
    });
    expect(order.fields.get('source')).toMatchObject({
      title: 'Source',
      options: ['site', 'walk-in'],
      optionTitles: { site: 'Web site', 'walk-in': 'Walk-in' },
    });
    expect(order.fields.get('client')?.reference).toEqual({
      to: ['client'],
      many: false,
      onDelete: 'restrict',
      timeline: true,
      inverse: 'orders',
    });
    expect(order.fields.get('createdBy')?.reference).toEqual({
      to: ['user'],
      many: false,
      onDelete: 'restrict',
      timeline: false,
    });
    expect(model.entity('user').fields.get('roles')?.options).toEqual(['seller']);
  });

  test('defaults', () => {
    const defaults = (entity: string) =>
      Object.fromEntries(
        [...model.entity(entity).fields.values()]
          .filter((field) => field.default !== undefined)
          .map((field) => [field.key, field.default]),
      );
    expect(defaults('order')).toEqual({ assignee: '$me', dueOn: { $date: '14d' }, pipeline: 'sales', stage: 'fresh' });
    expect(defaults('line')).toEqual({ quantity: 1, price: '12.50' });
  });

  test('lists come from inverses', () => {
    expect([...order.lists.keys()]).toEqual(['lines']);
    expect(order.lists.get('lines')).toMatchObject({ key: 'lines', entity: 'line', link: false });
    expect(order.lists.get('lines')?.field).toBe(model.entity('line').fields.get('order'));
    expect(model.list('client', 'orders')?.entity).toBe('order');
    expect(order.fields.get('total')?.rollup).toMatchObject({
      aggregate: 'sum',
      field: 'amount',
      of: { key: 'lines' },
      where: { kind: 'compare', op: 'gt' },
    });
  });

  test('pipeline', () => {
    const sales = model.pipelines.get('sales');
    expect(sales?.stages).toEqual([
      { key: 'fresh', title: 'New', kind: 'open', probability: 10, goal: 900_000, help: 'Call back.' },
      { key: 'at-work', title: 'At-work', kind: 'open' },
      { key: 'won', title: 'Won', kind: 'won' },
      { key: 'lost', title: 'Lost', kind: 'lost' },
    ]);
    expect(sales?.transitions.map(({ key, from, to, roles }) => ({ key, from, to, roles }))).toEqual([
      { key: 'begin', from: ['fresh'], to: 'at-work', roles: [] },
      { key: 'win', from: ['at-work'], to: 'won', roles: ['seller'] },
      { key: 'lose', from: ['fresh', 'at-work', 'won'], to: 'lost', roles: [] },
    ]);
    expect(sales?.transitions[0]?.requires.map(({ key, field, message }) => ({ key, field, message }))).toEqual([
      { key: 'dueOn', field: 'dueOn', message: 'Fill in "Due on" first.' },
      { key: 'lines', field: 'lines', message: 'Add at least one of: Lines.' },
    ]);
    expect(sales?.transitions[1]?.requires[0]).toMatchObject({
      key: 'paid',
      field: 'total',
      message: 'Price it first.',
      condition: { op: 'gt' },
    });
  });

  test('automation, role, view, form', () => {
    expect(model.automations.get('greet')).toMatchObject({
      on: { trigger: 'entered', entity: 'order', pipeline: 'sales', stage: 'fresh' },
      when: { kind: 'compare', op: 'eq' },
      load: ['client'],
      as: 'system',
      do: [
        { key: 'tell', action: 'notify', with: { kind: 'object' } },
        { key: 'date', action: 'update', when: { kind: 'compare', op: 'empty' } },
      ],
    });
    const seller = model.roles.get('seller');
    expect(seller?.title).toBe('Seller');
    expect(seller?.entities.get('order')).toMatchObject({
      actions: { read: 'own', update: { kind: 'compare' } },
      fields: { vat: 'hidden' },
    });
    expect(seller?.entities.get('*')).toMatchObject({ actions: { read: 'all' }, fields: {} });
    expect(model.views.get('board')).toEqual({
      ...{ name: 'board', title: 'Board', entity: 'order', kind: 'board', fields: ['title', 'client.city', 'lines'] },
      ...{
        groups: [{ key: 'main', title: 'Main', fields: ['title'] }],
        filter: { source: 'site' },
        sort: ['-createdAt'],
      },
      ...{ group: 'stage', pipeline: 'sales', menu: 1 },
    });
    expect(
      model.forms
        .get('ask')
        ?.fields.map(({ key, title, required, like }) => ({ key, title, required, like: like.key })),
    ).toEqual([
      { key: 'who', title: 'Your name', required: true, like: 'name' },
      { key: 'tel', title: 'Phone', required: false, like: 'phone' },
    ]);
    expect(model.forms.get('ask')?.creates.map(({ key, entity, match }) => ({ key, entity, match }))).toEqual([
      { key: 'client', entity: 'client', match: ['phone'] },
      { key: 'order', entity: 'order', match: [] },
    ]);
  });

  test('report, calendar, template', () => {
    expect(model.reports.get('bySource')).toMatchObject({
      measures: [
        { key: 'all', title: 'All', aggregate: 'count' },
        { key: 'won', filter: { stage: 'won' } },
        { key: 'share', of: ['won', 'all'] },
        { key: 'sum', title: 'Money', field: 'total' },
      ],
      dimensions: ['source', 'createdAt:month'],
      period: 'createdAt',
      chart: 'bar',
    });
    expect(model.calendars.get('office')).toEqual({
      ...{ name: 'office', title: 'Office', zone: 'Europe/Tallinn', holidays: ['12-25', '2026-04-03'] },
      week: [
        [
          [540, 720],
          [780, 1080],
        ],
        [],
        [],
        [],
        [],
        [[600, 1440]],
        [],
      ],
    });
    expect(model.templates.get('offer')).toMatchObject({
      title: 'Offer',
      paper: 'A4',
      language: 'client.language',
      load: ['client', 'lines'],
    });
    expect([...(model.templates.get('offer')?.sources.keys() ?? [])]).toEqual(['et', '']);
  });

  test('texts fall back: language, base language, English, the definition', () => {
    const { texts } = model;
    expect(model.languages).toEqual(['en', 'et']);
    expect(texts.get('entities.order.title', 'et')).toBe('Tellimus');
    expect(texts.get('entities.order.title', 'et-EE')).toBe('Tellimus');
    expect(texts.get('entities.order.title', 'ru')).toBe('Order');
    expect(texts.get('entities.order.fields.client', 'et')).toBe('Client');
    expect(texts.get('entities.order.fields.createdAt', 'et')).toBe('Loodud');
    expect(texts.get('entities.order.fields.createdAt', 'en')).toBe('Created');
    expect(texts.get('entities.order.options.stage.fresh', 'et')).toBe('Uus');
    expect(texts.get('entities.user.options.roles.seller', 'et')).toBe('Seller');
    expect(texts.get('pipelines.sales.requirements.win.paid', 'et')).toBe('Enne hind.');
    expect(texts.missing('en')).toEqual([]);
    expect(texts.missing('et')).toContain('entities.order.fields.client');
    expect(texts.missing('et')).not.toContain('entities.order.title');
  });

  test('the whole record is checked for what is required', () => {
    const good = { title: 'A', client: 'x', pipeline: 'sales', stage: 'fresh', source: null };
    expect(order.validate(good)).toEqual([]);
    expect(order.validate({ ...good, title: null, source: 'site' })).toEqual([
      { path: '/title', code: 'required', message: 'Required.', params: {} },
      { path: '/dueOn', code: 'required', message: 'Required when "Source" is filled.', params: { because: 'source' } },
    ]);
  });

  test('everything is frozen', () => {
    expect(() => Object.assign(order, { plural: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(order.fields.get('title') ?? {}, { title: 'x' })).toThrow(TypeError);
    expect(() => (order.fields as Map<string, unknown>).set('x', 1)).toThrow('The model is frozen');
    expect(() => (model.views.get('board')?.fields as string[]).push('x')).toThrow(TypeError);
  });

  test('an unknown entity is NOT_FOUND', () => {
    expect(() => model.entity('nothing')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  test('the hash tells equal businesses: spaces and the order of keys make no difference, a word does', () => {
    const path = 'locales/et.json';
    const shuffled = {
      ...SMALL_FIRM,
      [path]: JSON.stringify(Object.fromEntries(Object.entries(SMALL_FIRM[path] as object).reverse()), null, 4),
    };
    const changed = change(SMALL_FIRM, path, (texts) => Object.assign(texts, { 'entities.order.title': 'Töö' }));
    expect(model.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(loadFiles(shuffled).hash).toBe(model.hash);
    expect(loadFiles(changed).hash).not.toBe(model.hash);
  });
});

describe('packages', () => {
  const plugin = (name: string, casement: object, files: Record<string, unknown>) =>
    Object.fromEntries([
      [`node_modules/${name}/package.json`, { name, version: '1.0.0', casement }],
      ...Object.entries(files).map(([path, content]) => [`node_modules/${name}/${path}`, content]),
    ]);

  const files = {
    ...Object.fromEntries(
      Object.entries(SMALL_FIRM).map(([path, content]) => [
        `../base/${path.replace(/^(locales|seed)/, 'schemas/$1')}`,
        content,
      ]),
    ),
    'package.json': { name: 'firm', casement: { plugins: ['plugin-b'] } },
    ...plugin(
      'plugin-a',
      { title: 'A' },
      {
        'schemas/entities/order.json': {
          $id: 'order',
          'x-extends': 'order',
          properties: { weight: { type: 'number' } },
        },
      },
    ),
    ...plugin(
      'plugin-b',
      { requires: ['plugin-a'] },
      {
        'schemas/entities/order.json': {
          $id: 'order',
          'x-extends': 'order',
          properties: { load: { 'x-field': { type: 'number', computed: 'weight * 2.0' } } },
        },
      },
    ),
  };

  test('base, plugins after what they require, project', () => {
    const model = loadFiles(files);
    expect(model.packages.map(({ name, title, version }) => ({ name, title, version }))).toEqual([
      { name: 'base', title: 'Casement', version: '0.1.0' },
      { name: 'plugin-a', title: 'A', version: '1.0.0' },
      { name: 'plugin-b', title: 'plugin-b', version: '1.0.0' },
      { name: 'firm', title: 'firm', version: '0.0.0' },
    ]);
    const order = model.entity('order');
    expect(
      [...order.fields.values()].filter((field) => field.package !== 'base').map((field) => [field.key, field.package]),
    ).toEqual([
      ['weight', 'plugin-a'],
      ['load', 'plugin-b'],
    ]);
    expect([...order.fields.keys()].slice(7, 11)).toEqual(['gross', 'weight', 'load', 'pipeline']);
    expect(model.languages).toEqual(['en', 'et']);
  });

  test('the list of plugins can be given in place of the project’s', () => {
    const names = (plugins: readonly string[]) => loadFiles(files, { plugins }).packages.map(({ name }) => name);
    expect(names([])).toEqual(['base', 'firm']);
    expect(names(['plugin-a'])).toEqual(['base', 'plugin-a', 'firm']);
  });

  test('a package may give a formula to a field that waits for one', () => {
    const path = '../base/schemas/entities/order.json';
    const waiting = change(files, path, (order) =>
      Object.assign(order['properties'] ?? {}, { guess: { readOnly: true, 'x-field': { type: 'money' } } }),
    );
    const formula = {
      $id: 'order',
      'x-extends': 'order',
      properties: { guess: { 'x-field': { computed: 'total * 2' } } },
    };
    const model = loadFiles({ ...waiting, 'schemas/entities/order.json': formula }, { plugins: [] });
    expect(model.entity('order').fields.get('guess')).toMatchObject({
      package: 'base',
      readOnly: true,
      computed: { source: 'total * 2' },
    });
    expect(model.entity('order').computedOrder).toEqual(['gross', 'vat', 'guess']);
  });

  test('a project may patch what packages bring: members merged, null removes, lists by key', () => {
    const model = loadFiles(
      {
        ...files,
        '../base/schemas/seed/first.json': [],
        'schemas/automations/greet.json': {
          'x-patch': 'base/automation/greet',
          when: { source: null, title: 'A' },
          do: [{ key: 'date', with: { set: { dueOn: { $date: '1d' } } } }],
        },
        'schemas/pipelines/sales.json': {
          'x-patch': 'base/pipeline/sales',
          stages: { fresh: { goal: '10m' }, 'at-work': null, quoted: { kind: 'open' } },
          transitions: { begin: { to: 'quoted', requires: null }, win: { from: ['quoted'] } },
        },
        'schemas/entities/order.json': {
          'x-patch': 'base/entity/order',
          properties: { title: { maxLength: 60 }, note: { type: 'string' } },
        },
      },
      { plugins: [] },
    );
    const sales = model.pipelines.get('sales');
    expect(sales?.stages.map(({ key, goal }) => [key, goal])).toEqual([
      ['fresh', 600_000],
      ['won', undefined],
      ['lost', undefined],
      ['quoted', undefined],
    ]);
    expect(sales?.transitions.map(({ key, from, to }) => [key, from, to])).toEqual([
      ['begin', ['fresh'], 'quoted'],
      ['win', ['quoted'], 'won'],
      ['lose', ['fresh', 'won', 'quoted'], 'lost'],
    ]);
    const greet = model.automations.get('greet');
    expect(greet?.when).toMatchObject({ kind: 'compare', path: { field: { key: 'title' } } });
    expect(greet?.do.map((step) => step.key)).toEqual(['tell', 'date']);
    expect(greet?.do[1]?.with).toEqual({
      kind: 'object',
      members: { set: { kind: 'object', members: { dueOn: { kind: 'date', duration: 86_400_000 } } } },
    });
    expect(model.entity('order').fields.get('title')).toMatchObject({ maxLength: 60, title: 'What', package: 'base' });
    expect(model.entity('order').fields.get('note')?.type.name).toBe('text');
  });

  test('the root of the repository is a project, and its base package is not loaded twice', () => {
    const projectDir = findBaseDir();
    const model = loadModel({ projectDir, baseDir: projectDir, fieldTypes: createFieldTypes(), demo: true });
    expect(model.packages.map(({ name }) => name)).toEqual(['base', '@casement/plugin-window-installer']);
    for (const language of ['et', 'ru']) expect(model.texts.missing(language)).toEqual([]);
  });

  test('the base package stands alone', () => {
    const model = withProject({}, ({ projectDir }) =>
      loadModel({ projectDir, baseDir: findBaseDir(), fieldTypes: createFieldTypes() }),
    );
    expect([...model.entities.keys()]).toEqual(
      expect.arrayContaining(['company', 'contact', 'deal', 'task', 'user', 'organisation']),
    );
  });
});
