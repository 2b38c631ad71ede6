import { describe, expect, test } from 'vitest';
import { change, errorsOf, SMALL_FIRM, type Files } from '../../tests/support/definitions.ts';

type Edit = (content: Record<string, never> & Record<string, unknown>) => void;
type Part = Record<string, never> & Record<string, unknown>;

const paths = {
  order: 'schemas/entities/order.json',
  client: 'schemas/entities/client.json',
  line: 'schemas/entities/line.json',
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

/** The errors of the small firm with one change. */
function broken(path: keyof typeof paths, edit: Edit): readonly string[] {
  return errorsOf(change(SMALL_FIRM, paths[path], edit), { demo: true });
}

/** The errors of the small firm with a changed property of the order. */
function property(key: string, schema: unknown): readonly string[] {
  return broken('order', (order) => Object.assign(order['properties'] as Part, { [key]: schema }));
}

/** The member at a path such as `do/0/with`. */
function at(content: Record<string, unknown>, path: string): Part {
  return path.split('/').reduce<unknown>((value, key) => (value as Part)[key], content) as Part;
}

const ORDER = 'schemas/entities/order.json#';

describe('entity', () => {
  test('the small firm itself has no errors', () => expect(errorsOf(SMALL_FIRM, { demo: true })).toEqual([]));

  test.each<[string, string, unknown, readonly string[]]>([
    [
      'a misspelt keyword',
      'note',
      { type: 'string', maxlength: 5 },
      [`${ORDER}/properties/note/maxlength: Unknown key "maxlength". Did you mean "maxLength"?`],
    ],
    [
      'a misspelt x-field',
      'note',
      { 'x-feild': { type: 'text' } },
      [`${ORDER}/properties/note/x-feild: Unknown key "x-feild". Did you mean "x-field"?`],
    ],
    [
      'a $ref',
      'note',
      { $ref: 'http://127.0.0.1/schema.json' },
      [`${ORDER}/properties/note/$ref: "$ref" is not taken: write the keywords out here.`],
    ],
    [
      'a field type that does not exist',
      'note',
      { 'x-field': { type: 'mony' } },
      [
        `${ORDER}/properties/note/x-field/type: There is no field type "mony". Did you mean "money"? Known: address, boolean, date, dateTime, decimal, duration, email, file, image, integer, json, money, multiSelect, number, phone, reference, richText, select, sequence, signature, text, url.`,
      ],
    ],
    [
      'no type at all',
      'note',
      { title: 'Note' },
      [
        `${ORDER}/properties/note: The type of "note" cannot be told. Add "type", "format", "enum", or "x-field": {"type": …}.`,
      ],
    ],
    [
      'a key with a line below',
      'my_note',
      { type: 'string' },
      [
        `${ORDER}/properties/my_note: "my_note" is not a key: it starts with a small letter, goes on with letters and digits, and is at most 40 long.`,
      ],
    ],
    [
      'a reserved key',
      'createdAt',
      { type: 'string' },
      [`${ORDER}/properties/createdAt: "createdAt" is a reserved word. Choose another key.`],
    ],
    [
      'keys that differ in case alone',
      'dueON',
      { type: 'string' },
      [`${ORDER}/properties/dueON: "dueON" and "dueOn" differ only in the case of letters. Choose another key.`],
    ],
    [
      'an unknown target',
      'buyer',
      { 'x-field': { to: 'klient' } },
      [`${ORDER}/properties/buyer/x-field/to: There is no entity "klient". Did you mean "client"?`],
    ],
    [
      'a reference without a target',
      'buyer',
      { 'x-field': { type: 'reference' } },
      [`${ORDER}/properties/buyer/x-field: A reference needs "to": the entity it points to.`],
    ],
    [
      'an inverse taken by a field',
      'buyer',
      { 'x-field': { to: 'client', inverse: 'city' } },
      [
        `${ORDER}/properties/buyer/x-field/inverse: client has a field "city" already. Choose another key for the list.`,
      ],
    ],
    [
      'an inverse taken by a list',
      'buyer',
      { 'x-field': { to: 'client', inverse: 'orders' } },
      [
        `${ORDER}/properties/buyer/x-field/inverse: "orders" is already a list of client, made by order.client. Choose another key.`,
      ],
    ],
    [
      'several entities and many',
      'buyers',
      { 'x-field': { to: ['client', 'user'], many: true } },
      [
        `${ORDER}/properties/buyers/x-field/many: A reference to several entities cannot hold many of them. Name one entity in "to".`,
      ],
    ],
    [
      'a fact of references on a text',
      'note',
      { type: 'string', 'x-field': { timeline: true } },
      [`${ORDER}/properties/note/x-field/timeline: Only a reference has "timeline", and this is a field of type text.`],
    ],
    [
      'a select without options',
      'mood',
      { 'x-field': { type: 'select' } },
      [`${ORDER}/properties/mood: A select needs its options: add "enum": […].`],
    ],
    [
      'an option said twice',
      'mood',
      { enum: ['good', 'bad', 'gooD'] },
      [
        `${ORDER}/properties/mood/enum/2: The option "gooD" stands here twice (the case of letters makes no difference).`,
      ],
    ],
    [
      'a title of no option',
      'mood',
      { enum: ['good'], 'x-field': { titles: { goed: 'Good' } } },
      [`${ORDER}/properties/mood/x-field/titles/goed: There is no option "goed". Did you mean "good"?`],
    ],
    [
      'a sequence without a pattern',
      'number',
      { 'x-field': { type: 'sequence' } },
      [`${ORDER}/properties/number/x-field: A sequence needs "pattern", such as INV-{YYYY}-{0000}.`],
    ],
    [
      'a scale of a text',
      'note',
      { type: 'string', 'x-field': { scale: 2 } },
      [`${ORDER}/properties/note/x-field/scale: Only a decimal has "scale", and this is a field of type text.`],
    ],
    [
      'minimum above maximum',
      'rank',
      { type: 'integer', minimum: 5, maximum: 1 },
      [`${ORDER}/properties/rank/minimum: 5 is more than the maximum, 1.`],
    ],
    [
      'a pattern without maxLength',
      'code',
      { type: 'string', pattern: '^[A-Z]{2}$' },
      [`${ORDER}/properties/code/pattern: A field with "pattern" states "maxLength" too. Add it.`],
    ],
    [
      'a pattern that can hang',
      'code',
      { type: 'string', maxLength: 50, pattern: '^(a+)+$' },
      [
        `${ORDER}/properties/code/pattern: Some texts would keep this regular expression busy for seconds. Write it without a repeat inside a repeat, and without choices that overlap.`,
      ],
    ],
    [
      'a default that the field refuses',
      'source',
      { enum: ['site'], default: 'sight' },
      [`${ORDER}/properties/source/default: "sight" cannot be the default: Must be one of: site.`],
    ],
    [
      '$me of a text',
      'note',
      { type: 'string', default: '$me' },
      [`${ORDER}/properties/note/default: "$me" is a user, so only a reference to a user can start with it.`],
    ],
    [
      '$now of a date',
      'dueOn',
      { format: 'date', default: { $now: '1d' } },
      [`${ORDER}/properties/dueOn/default: Only a dateTime can start with {"$now": …}.`],
    ],
    [
      'an unknown name in a formula',
      'gross',
      { 'x-field': { type: 'money', computed: 'totl * 2' } },
      [`${ORDER}/properties/gross/x-field/computed: order has no field "totl". Did you mean "total"?`],
    ],
    [
      'a formula that reads itself',
      'gross',
      { 'x-field': { type: 'money', computed: 'vat + 1' } },
      [
        `${ORDER}/properties/vat/x-field/computed: Is worked out from itself: order.vat → order.gross → order.vat. Break the circle.`,
      ],
    ],
    [
      'a rollup of no list',
      'total',
      { 'x-field': { type: 'money', rollup: { of: 'line', sum: 'amount' } } },
      [
        `${ORDER}/properties/total/x-field/rollup/of: order has no list "line". Did you mean "lines"? A list is made by the "inverse" of a reference to it.`,
      ],
    ],
    [
      'a rollup of no field',
      'total',
      { 'x-field': { type: 'money', rollup: { of: 'lines', sum: 'amout' } } },
      [`${ORDER}/properties/total/x-field/rollup/sum: line has no field "amout". Did you mean "amount"?`],
    ],
    [
      'a rollup of a text',
      'total',
      { 'x-field': { type: 'money', rollup: { of: 'lines', sum: 'name' } } },
      [
        `${ORDER}/properties/total/x-field/rollup/sum: line.name is a text: only numbers, decimals and money have a sum.`,
      ],
    ],
    [
      'a rollup of two figures',
      'total',
      { 'x-field': { type: 'money', rollup: { of: 'lines', sum: 'amount', count: true } } },
      [`${ORDER}/properties/total/x-field/rollup: Name exactly one of sum, min, max, avg or count.`],
    ],
    [
      'a new name of a property that is still there',
      'note',
      { type: 'string', 'x-was': 'source' },
      [`${ORDER}/properties/note/x-was: "source" is still a property, so this cannot be its new name.`],
    ],
  ])('%s', (_, key, schema, expected) => {
    expect(property(key, schema)).toEqual(expected);
  });

  test.each<[string, Edit, readonly string[]]>([
    [
      'a name that is not the file’s',
      (order) => Object.assign(order, { $id: 'orders' }),
      [`${ORDER}/$id: "orders" is not the name of the file. Write "order" here, or call the file orders.json.`],
    ],
    [
      'a required property that is not declared',
      (order) => (order['required'] as unknown[]).push('titel'),
      [`${ORDER}/required/2: "titel" is not a property. Did you mean "title"?`],
    ],
    [
      'a plural that is not kebab-case',
      (order) => Object.assign(at(order, 'x-entity'), { plural: 'Orders' }),
      [`${ORDER}/x-entity/plural: "Orders" is not kebab-case such as order-lines.`],
    ],
    [
      'a plural of another entity',
      (order) => Object.assign(at(order, 'x-entity'), { plural: 'clients' }),
      [
        `${ORDER}/x-entity/plural: "clients" is already the plural of client (schemas/entities/client.json). Choose another.`,
      ],
    ],
    [
      'an owner that is no user',
      (order) => Object.assign(at(order, 'x-entity'), { owner: 'client' }),
      [`${ORDER}/x-entity/owner: "client" is not a reference to one user, so it cannot be the owner.`],
    ],
    [
      'a display of no field',
      (order) => Object.assign(at(order, 'x-entity'), { display: '{{titel}}' }),
      [`${ORDER}/x-entity/display: order has no field "titel". Did you mean "title"?`],
    ],
    [
      'unique of no field',
      (order) => Object.assign(at(order, 'x-entity'), { unique: [['title', 'clent']] }),
      [`${ORDER}/x-entity/unique/0/1: order has no field "clent". Did you mean "client"?`],
    ],
    [
      'access through no reference',
      (order) => Object.assign(at(order, 'x-entity'), { access: { via: 'title' } }),
      [`${ORDER}/x-entity/access/via: "title" is not a reference to one record.`],
    ],
    [
      'a wrong dependentRequired',
      (order) => Object.assign(order, { dependentRequired: { source: ['dueOnn'] } }),
      [`${ORDER}/dependentRequired/source/0: order has no field "dueOnn". Did you mean "dueOn"?`],
    ],
    [
      'tsType',
      (order) => Object.assign(order, { tsType: 'require("fs")' }),
      [`${ORDER}/tsType: Unknown key "tsType". Did you mean "type"?`],
    ],
  ])('%s', (_, edit, expected) => {
    expect(broken('order', edit)).toEqual(expect.arrayContaining([...expected]));
    expect(broken('order', edit)[0]).toBe(expected[0]);
  });
});

describe('packages', () => {
  const withPlugin = (files: Files, casement: object = {}): Files => ({
    ...SMALL_FIRM,
    'package.json': { name: 'firm', casement: { plugins: ['extra'] } },
    'node_modules/extra/package.json': { name: 'extra', version: '2.0.0', casement },
    ...Object.fromEntries(Object.entries(files).map(([path, content]) => [`node_modules/extra/${path}`, content])),
  });
  const order = (properties: object, rest: object = {}) => ({
    'schemas/entities/order.json': { $id: 'order', 'x-extends': 'order', properties, ...rest },
  });
  const EXTRA = 'node_modules/extra/schemas/entities/order.json#';

  test.each<[string, Files, readonly string[]]>([
    [
      'JSON that is not',
      { ...SMALL_FIRM, [paths.view]: '{\n  "name": "board"\n  "entity": "order"\n}' },
      ['schemas/views/board.json#/: Not JSON: "\\"" stands where "," or "}" is expected (line 3, column 3).'],
    ],
    [
      'a key said twice',
      { ...SMALL_FIRM, [paths.view]: '{"name": "board", "name": "board"}' },
      ['schemas/views/board.json#/: The key "name" stands here twice (line 1, column 19).'],
    ],
    [
      'a definition that is a list',
      { ...SMALL_FIRM, [paths.view]: '[]' },
      ['schemas/views/board.json#/: Must be an object.'],
    ],
    [
      'a folder that nothing reads',
      { ...SMALL_FIRM, 'schemas/view/other.json': {} },
      [
        'schemas/view#/: Nothing is read from here. Did you mean "views"? Known folders: entities, pipelines, automations, views, roles, reports, forms, calendars.',
      ],
    ],
    [
      'a package that is not installed',
      { ...SMALL_FIRM, 'package.json': { name: 'firm', casement: { plugins: ['absent'] } } },
      [
        'package.json#/casement/plugins/0: The package "absent" is not found from here. Install it (npm install absent) or take the name out.',
      ],
    ],
    [
      'an unknown key of the manifest',
      { ...SMALL_FIRM, 'package.json': { name: 'firm', casement: { plugin: [] } } },
      ['package.json#/casement/plugin: Unknown key "plugin". Did you mean "plugins"?'],
    ],
    [
      'a core of another time',
      withPlugin({}, { core: '>=9.0.0' }),
      [
        'node_modules/extra/package.json#/casement/core: Works with Casement >=9.0.0, and this is 0.1.0. Install a release of the package that fits.',
      ],
    ],
    [
      'packages in a circle',
      withPlugin({}, { requires: ['extra'] }),
      [
        'node_modules/extra/package.json#/casement/requires/0: The packages require one another in a circle: extra → extra.',
      ],
    ],
    [
      'two packages with one name',
      withPlugin({ 'schemas/views/board.json': SMALL_FIRM[paths.view] }),
      [
        'schemas/views/board.json#/: The view "board" stands already in node_modules/extra/schemas/views/board.json (package extra), and here in package firm. Rename one of them.',
      ],
    ],
    [
      'two packages with one property',
      withPlugin(order({ title: { type: 'string' } })),
      [
        `${EXTRA}/properties/title: "title" stands already in schemas/entities/order.json (package firm), and here in package extra. Choose another key.`,
      ],
    ],
    [
      'an addition to nothing',
      withPlugin({ 'schemas/entities/bill.json': { $id: 'bill', 'x-extends': 'bill', properties: {} } }),
      [
        'node_modules/extra/schemas/entities/bill.json#/x-extends: There is no entity "bill" to add to. Require the package that brings it.',
      ],
    ],
    [
      'an addition that changes the entity',
      withPlugin(order({}, { 'x-entity': { plural: 'works' } })),
      [`${EXTRA}/x-entity: An addition to an entity brings properties only. Take "x-entity" out.`],
    ],
    [
      'an addition that requires a property of another',
      withPlugin(order({}, { required: ['source'] })),
      [`${EXTRA}/required/0: "source" is a property of another package, and only the entity itself may require it.`],
    ],
  ])('%s', (_, files, expected) => {
    expect(errorsOf(files)).toEqual(expected);
  });
});

describe('every other kind', () => {
  const P = 'schemas/pipelines/sales.json#';
  const A = 'schemas/automations/greet.json#';
  const R = 'schemas/roles/seller.json#';
  const V = 'schemas/views/board.json#';
  const F = 'schemas/forms/ask.json#';
  const B = 'schemas/reports/bySource.json#';
  const C = 'schemas/calendars/office.json#';
  const T = 'templates/offer.json#';

  test.each<[keyof typeof paths, string, Edit, string]>([
    [
      'pipeline',
      'an unknown stage',
      (doc) => Object.assign(at(doc, 'transitions/0'), { to: 'atWork' }),
      `${P}/transitions/0/to: The pipeline sales has no stage "atWork". Did you mean "at-work"? It has "fresh", "at-work", "won" or "lost".`,
    ],
    [
      'pipeline',
      'a stage nobody reaches',
      (doc) => (doc['stages'] as unknown[]).push({ key: 'limbo', kind: 'lost' }),
      `${P}/stages/4: No way leads from the first stage to "limbo". Add a transition to it, or take the stage out.`,
    ],
    [
      'pipeline',
      'an open dead end',
      (doc) =>
        void Object.assign(doc, {
          transitions: [
            { key: 'begin', from: ['fresh'], to: 'at-work' },
            { key: 'win', from: ['fresh'], to: 'won' },
            { key: 'lose', from: ['fresh'], to: 'lost' },
          ],
        }),
      `${P}/stages/1: No transition leaves "at-work", though it is open. Add one, or make it won or lost.`,
    ],
    [
      'pipeline',
      'a kind of stage that does not exist',
      (doc) => Object.assign(at(doc, 'stages/0'), { kind: 'opened' }),
      `${P}/stages/0/kind: "opened" is not known here. Did you mean "open"? It may be "open", "won" or "lost".`,
    ],
    [
      'pipeline',
      'a stage said twice',
      (doc) => Object.assign(at(doc, 'stages/3'), { key: 'won' }),
      `${P}/stages/3/key: The key "won" stands here twice (the case of letters makes no difference).`,
    ],
    [
      'pipeline',
      'a goal that is no duration',
      (doc) => Object.assign(at(doc, 'stages/0'), { goal: '15 minutes' }),
      `${P}/stages/0/goal: "15 minutes" is not a duration such as 15m, 2h, 1d, 1h30m or PT15M.`,
    ],
    [
      'pipeline',
      'a requirement of no field',
      (doc) => Object.assign(at(doc, 'transitions/0'), { requires: ['line'] }),
      `${P}/transitions/0/requires/0: order has no field or list "line". Did you mean "lines"?`,
    ],
    [
      'pipeline',
      'a wrong condition',
      (doc) => Object.assign(at(doc, 'transitions/1/requires/0'), { condition: { totel: { gt: 0 } } }),
      `${P}/transitions/1/requires/0/condition/totel: order has no field "totel". Did you mean "total"?`,
    ],
    [
      'pipeline',
      'an unknown role',
      (doc) => Object.assign(at(doc, 'transitions/1'), { roles: ['seler'] }),
      `${P}/transitions/1/roles/0: There is no role "seler". Did you mean "seller"?`,
    ],
    [
      'pipeline',
      'an unknown entity',
      (doc) => Object.assign(doc, { entity: 'ordr' }),
      `${P}/entity: There is no entity "ordr". Did you mean "order"?`,
    ],
    [
      'automation',
      'an unknown trigger',
      (doc) => Object.assign(at(doc, 'on'), { trigger: 'enterd' }),
      `${A}/on/trigger: "enterd" is not known here. Did you mean "entered"? It may be "created", "deleted", "updated", "entered", "left", "stayed", "due" or "event".`,
    ],
    [
      'automation',
      'a trigger without its stage',
      (doc) => void Object.assign(doc, { on: { trigger: 'entered', entity: 'order' } }),
      `${A}/on: "stage" is missing.`,
    ],
    [
      'automation',
      'a key of another trigger',
      (doc) => void Object.assign(doc, { on: { trigger: 'created', entity: 'order', stage: 'fresh' } }),
      `${A}/on/stage: Unknown key "stage". Known here: trigger, entity.`,
    ],
    [
      'automation',
      'an unknown stage',
      (doc) => Object.assign(at(doc, 'on'), { stage: 'frehs' }),
      `${A}/on/stage: The pipeline sales has no stage "frehs". Did you mean "fresh"?`,
    ],
    [
      'automation',
      'an unknown field of a trigger',
      (doc) => void Object.assign(doc, { on: { trigger: 'updated', entity: 'order', fields: ['sourse'] } }),
      `${A}/on/fields/0: order has no field "sourse". Did you mean "source"?`,
    ],
    [
      'automation',
      'due by what is no date',
      (doc) => void Object.assign(doc, { on: { trigger: 'due', entity: 'order', field: 'title' } }),
      `${A}/on/field: "title" is a text, not a date: nothing falls due by it.`,
    ],
    [
      'automation',
      'a wrong condition',
      (doc) => Object.assign(doc, { when: { source: { gt: 'site' } } }),
      `${A}/when/source/gt: A field of type select knows no operator "gt". It takes eq, ne, in, nin, empty.`,
    ],
    [
      'automation',
      'an unknown action',
      (doc) => Object.assign(at(doc, 'do/0'), { action: 'notfy' }),
      `${A}/do/0/action: There is no action "notfy". Did you mean "notify"? Known: create, update, move, assign, notify, document, mail.`,
    ],
    [
      'automation',
      'an input the action lacks',
      (doc) => Object.assign(at(doc, 'do/0/with'), { titel: 'x' }),
      `${A}/do/0/with/titel: Unknown key "titel". Did you mean "title"?`,
    ],
    [
      'automation',
      'a missing input',
      (doc) => Object.assign(at(doc, 'do/0'), { with: { title: 'x' } }),
      `${A}/do/0/with: "to" is missing.`,
    ],
    [
      'automation',
      'a field that cannot be set',
      (doc) => Object.assign(at(doc, 'do/1/with'), { set: { total: '5' } }),
      `${A}/do/1/with/set/total: "total" of order cannot be set: it is worked out.`,
    ],
    [
      'automation',
      'a value the field refuses',
      (doc) => Object.assign(at(doc, 'do/1/with'), { set: { source: 'shop' } }),
      `${A}/do/1/with/set/source: Must be one of: site, walk-in.`,
    ],
    [
      'automation',
      'a wrong expression',
      (doc) => Object.assign(at(doc, 'do/1/with'), { set: { title: { $expr: 'record.titel' } } }),
      `${A}/do/1/with/set/title/$expr: order has no field "titel". Did you mean "title"?`,
    ],
    [
      'automation',
      'a new record without what it requires',
      (doc) => Object.assign(at(doc, 'do/1'), { action: 'create', with: { entity: 'client', set: { city: 'Riga' } } }),
      `${A}/do/1/with/set: "name" is missing: client requires it.`,
    ],
    [
      'automation',
      'a text about what is not loaded',
      (doc) => Object.assign(doc, { load: [] }),
      `${A}/do/0/with/title: "record.client.name" is empty unless "client" is loaded. Add "client" to "load".`,
    ],
    [
      'automation',
      'loading what is no reference',
      (doc) => (doc['load'] as unknown[]).push('title'),
      `${A}/load/1: "title" of order is neither a reference nor a list, so nothing can be loaded by it.`,
    ],
    [
      'automation',
      'a step said twice',
      (doc) => Object.assign(at(doc, 'do/1'), { key: 'tell' }),
      `${A}/do/1/key: The key "tell" stands here twice (the case of letters makes no difference).`,
    ],
    [
      'automation',
      'an unknown role of an action',
      (doc) => Object.assign(at(doc, 'do/0/with/to'), { role: 'boss' }),
      `${A}/do/0/with/to/role: There is no role "boss".`,
    ],
    [
      'role',
      'an unknown entity',
      (doc) => Object.assign(at(doc, 'entities'), { ordre: { read: 'all' } }),
      `${R}/entities/ordre: There is no entity "ordre". Did you mean "order"?`,
    ],
    [
      'role',
      'a level that does not exist',
      (doc) => Object.assign(at(doc, 'entities/order'), { read: 'everything' }),
      `${R}/entities/order/read: "everything" is not a level: all, team, own, none, or a condition.`,
    ],
    [
      'role',
      'own without an owner',
      (doc) => Object.assign(at(doc, 'entities'), { user: { read: 'own' } }),
      `${R}/entities/user/read: user has no owner, so "own" means nothing here. Use all, none or a condition, or name the owner in its "x-entity".`,
    ],
    [
      'role',
      'an unknown field',
      (doc) => Object.assign(at(doc, 'entities/order/fields'), { vta: 'hidden' }),
      `${R}/entities/order/fields/vta: order has no field "vta". Did you mean "vat"?`,
    ],
    [
      'role',
      'a condition for every entity',
      (doc) => Object.assign(at(doc, 'entities/*'), { read: { city: 'Riga' } }),
      `${R}/entities/*/read: A condition speaks of the fields of one entity: name the entity instead of "*".`,
    ],
    [
      'role',
      'an operation that does not exist',
      (doc) => (doc['operations'] as unknown[]).push('exports'),
      `${R}/operations/1: "exports" is not known here. Did you mean "export"? It may be "export", "massEdit", "users", "definitions", "reports" or "jobs".`,
    ],
    [
      'view',
      'an unknown field',
      (doc) => (doc['fields'] as unknown[]).push('client.town'),
      `${V}/fields/3: client has no field "town".`,
    ],
    [
      'view',
      'an unknown kind',
      (doc) => Object.assign(doc, { kind: 'boards' }),
      `${V}/kind: "boards" is not known here. Did you mean "board"? It may be "list", "form", "board", "calendar" or "timeline".`,
    ],
    [
      'view',
      'a board without columns',
      (doc) => delete doc['group'],
      `${V}/: A board needs "group": the field whose values are its columns, such as "stage".`,
    ],
    [
      'view',
      'columns from a text',
      (doc) => Object.assign(doc, { group: 'title' }),
      `${V}/group: "title" is a text. The columns of a board come from a select, a reference or a yes/no field.`,
    ],
    [
      'view',
      'a pipeline of another entity',
      (doc) => void Object.assign(doc, { entity: 'client', fields: [], groups: [], filter: {}, group: 'language' }),
      `${V}/pipeline: The pipeline "sales" is not one of client.`,
    ],
    [
      'view',
      'a sort by a list',
      (doc) => Object.assign(doc, { sort: ['lines'] }),
      `${V}/sort/0: "lines" is a list of records: nothing can be sorted by it.`,
    ],
    [
      'view',
      'a wrong filter',
      (doc) => Object.assign(doc, { filter: { source: 'web' } }),
      `${V}/filter/source: Must be one of: site, walk-in.`,
    ],
    [
      'form',
      'a field like no other',
      (doc) => Object.assign(at(doc, 'fields/0'), { like: 'client.nmae' }),
      `${F}/fields/0/like: client has no field "nmae". Did you mean "name"?`,
    ],
    [
      'form',
      'a reference asked of a visitor',
      (doc) => Object.assign(at(doc, 'fields/0'), { like: 'order.client' }),
      `${F}/fields/0/like: "order.client" cannot be asked of a visitor: it is a reference.`,
    ],
    [
      'form',
      'a value that the form lacks',
      (doc) => Object.assign(at(doc, 'creates/0/set'), { city: { $expr: 'form.town' } }),
      `${F}/creates/0/set: The form has no field "town". It has who, tel, utm_source, utm_medium, utm_campaign, utm_term, utm_content, referrer.`,
    ],
    [
      'form',
      'a record before it is made',
      (doc) => void (doc['creates'] as unknown[]).reverse(),
      `${F}/creates/0/set/client/$ref: There is no record with the key "client".`,
    ],
    [
      'form',
      'an unknown field to match',
      (doc) => Object.assign(at(doc, 'creates/0'), { match: ['phon'] }),
      `${F}/creates/0/match/0: client has no field "phon". Did you mean "phone"?`,
    ],
    [
      'report',
      'a sum of a text',
      (doc) => Object.assign(at(doc, 'measures/3'), { field: 'title' }),
      `${B}/measures/3/field: "title" is a text: it has no sum.`,
    ],
    [
      'report',
      'a sum of nothing',
      (doc) => delete at(doc, 'measures/3')['field'],
      `${B}/measures/3: A sum needs "field".`,
    ],
    [
      'report',
      'a ratio of no measure',
      (doc) => Object.assign(at(doc, 'measures/2'), { of: ['won', 'al'] }),
      `${B}/measures/2/of/1: There is no measure "al" to divide. Did you mean "all"?`,
    ],
    [
      'report',
      'an unknown dimension',
      (doc) => Object.assign(doc, { dimensions: ['sorce'] }),
      `${B}/dimensions/0: order has no field "sorce". Did you mean "source"?`,
    ],
    [
      'report',
      'a grain of a select',
      (doc) => Object.assign(doc, { dimensions: ['source:month'] }),
      `${B}/dimensions/0: "source" is a select: only a date has a grain.`,
    ],
    [
      'report',
      'an unknown grain',
      (doc) => Object.assign(doc, { dimensions: ['createdAt:moth'] }),
      `${B}/dimensions/0: "moth" is no grain. Did you mean "month"? It may be "day", "week", "month", "quarter" or "year".`,
    ],
    [
      'report',
      'a period that is no date',
      (doc) => Object.assign(doc, { period: 'source' }),
      `${B}/period: "source" is a select, not a date.`,
    ],
    [
      'calendar',
      'hours that end before they begin',
      (doc) => Object.assign(at(doc, 'week'), { mon: ['18:00-09:00'] }),
      `${C}/week/mon/0: Ends before it begins.`,
    ],
    [
      'calendar',
      'hours that overlap',
      (doc) => Object.assign(at(doc, 'week'), { mon: ['09:00-13:00', '12:00-18:00'] }),
      `${C}/week/mon/1: Begins before the hours above it end. Write them in order, without overlap.`,
    ],
    [
      'calendar',
      'no hours at all',
      (doc) => Object.assign(doc, { week: {} }),
      `${C}/week: No day has working hours, so no deadline would ever come. Add some.`,
    ],
    [
      'calendar',
      'a day that does not exist',
      (doc) => Object.assign(doc, { holidays: ['02-30'] }),
      `${C}/holidays/0: There is no such day as "02-30".`,
    ],
    [
      'calendar',
      'a zone that does not exist',
      (doc) => Object.assign(doc, { zone: 'Europe/Talinn' }),
      `${C}/zone: "Europe/Talinn" is not a time zone such as Europe/Tallinn.`,
    ],
    [
      'calendar',
      'a day of the week that does not exist',
      (doc) => Object.assign(at(doc, 'week'), { monday: [] }),
      `${C}/week/monday: Unknown key "monday". Known here: mon, tue, wed, thu, fri, sat, sun.`,
    ],
    [
      'template',
      'an unknown reference to load',
      (doc) => Object.assign(doc, { load: ['client', 'lines', 'linez'] }),
      `${T}/load/2: order has no field "linez". Did you mean "lines"?`,
    ],
    [
      'template',
      'a language that leads nowhere',
      (doc) => Object.assign(doc, { language: 'client.tongue' }),
      `${T}/language: client has no field "tongue".`,
    ],
    [
      'template',
      'a text without words',
      (doc) => Object.assign(doc, { texts: { headline: 'Our offer' } }),
      'templates/offer.et.hbs#/: {{t "heading"}} has no text. Add "heading" to "texts" of offer.json.',
    ],
    [
      'template',
      'what is not loaded',
      (doc) => Object.assign(doc, { load: ['lines'] }),
      'templates/offer.et.hbs#/: "record.client.name" is empty unless "client" is loaded. Add "client" to "load".',
    ],
    [
      'template',
      'a paper that does not exist',
      (doc) => Object.assign(doc, { paper: 'A3' }),
      `${T}/paper: "A3" is not known here. Did you mean "A4"? It may be "A4", "A5" or "Letter".`,
    ],
    [
      'locale',
      'a key that names nothing',
      (doc) => Object.assign(doc, { 'entities.order.fields.titel': 'Mis' }),
      'locales/et.json#/entities.order.fields.titel: There is nothing to translate by this name. Did you mean "entities.order.fields.title"?',
    ],
    [
      'locale',
      'a text that is none',
      (doc) => Object.assign(doc, { 'entities.order.title': null }),
      'locales/et.json#/entities.order.title: Must be a text.',
    ],
    [
      'seed',
      'an unknown field',
      (doc) => Object.assign(at(doc, '0/set'), { nmae: 'x' }),
      'seed/first.json#/0/set/nmae: client has no field "nmae". Did you mean "name"?',
    ],
    [
      'seed',
      'a record before it is made',
      (doc) => Object.assign(at(doc, '1/set'), { client: { $ref: 'acmee' } }),
      'seed/first.json#/1/set/client/$ref: There is no record with the key "acmee". Did you mean "acme"?',
    ],
    [
      'seed',
      'an unknown stage',
      (doc) => Object.assign(at(doc, '2'), { to: 'work' }),
      'seed/first.json#/2/to: order has no stage "work".',
    ],
  ])('%s: %s', (path, _, edit, expected) => {
    expect(broken(path, edit)).toContain(expected);
  });

  test.each<[string, Files, readonly string[]]>([
    [
      'a template that breaks off',
      { ...SMALL_FIRM, 'templates/offer.hbs': '{{#if record.total}}' },
      ['templates/offer.hbs#/: Line 1: the template breaks off before a block is closed.'],
    ],
    [
      'an unknown helper',
      { ...SMALL_FIRM, 'templates/offer.hbs': '\n{{mony record.total}}' },
      [
        'templates/offer.hbs#/: Line 2: There is no helper "mony". Did you mean "money"? Known: "t", "money", "date", "number" or "eq".',
      ],
    ],
    [
      'text without escaping',
      { ...SMALL_FIRM, 'templates/offer.hbs': '{{{record.title}}}' },
      ['templates/offer.hbs#/: Line 1: {{{…}}} and {{&…}} put text in without escaping. Write {{…}}.'],
    ],
    [
      'a source without its definition',
      { ...SMALL_FIRM, 'templates/ofer.hbs': 'x' },
      ['templates/ofer.hbs#/: There is no ofer.json beside it. Add it, or remove this file.'],
    ],
  ])('template: %s', (_, files, expected) => {
    expect(errorsOf(files)).toEqual(expected);
  });
});

test('all errors of all files come at once, and one broken file does not make others look wrong', () => {
  const files = [
    (files: Files) => change(files, paths.client, (doc) => Object.assign(doc, { titel: 'Client' })),
    (files: Files) => change(files, paths.view, (doc) => Object.assign(doc, { kind: 'cards' })),
    (files: Files) => change(files, paths.pipeline, (doc) => Object.assign(doc, { color: 'red' })),
    (files: Files) => change(files, paths.role, (doc) => Object.assign(doc, { entities: { order: { read: 'some' } } })),
    (files: Files) => change(files, paths.report, (doc) => Object.assign(doc, { period: 'title' })),
  ].reduce((files, edit) => edit(files), SMALL_FIRM);
  expect(errorsOf({ ...files, [paths.calendar]: '{' })).toEqual([
    'schemas/calendars/office.json#/: Not JSON: the file ends where a key in double quotes is expected (line 1, column 2).',
    'schemas/entities/client.json#/titel: Unknown key "titel". Did you mean "title"?',
    'schemas/pipelines/sales.json#/color: Unknown key "color". Known here: $schema, $comment, x-patch, name, title, entity, stages, transitions.',
    'schemas/views/board.json#/kind: "cards" is not known here. It may be "list", "form", "board", "calendar" or "timeline".',
    'schemas/roles/seller.json#/entities/order/read: "some" is not a level: all, team, own, none, or a condition.',
    'schemas/reports/bySource.json#/period: "title" is a text, not a date.',
  ]);
});
