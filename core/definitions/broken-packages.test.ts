import { describe, expect, test } from 'vitest';
import { change, errorsOf, FIRM_PATHS, SMALL_FIRM, type Files } from '../../tests/support/definitions.ts';

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
      { ...SMALL_FIRM, [FIRM_PATHS.view]: '{\n  "name": "board"\n  "entity": "order"\n}' },
      ['schemas/views/board.json#/: Not JSON: "\\"" stands where "," or "}" is expected (line 3, column 3).'],
    ],
    [
      'a key said twice',
      { ...SMALL_FIRM, [FIRM_PATHS.view]: '{"name": "board", "name": "board"}' },
      ['schemas/views/board.json#/: The key "name" stands here twice (line 1, column 19).'],
    ],
    [
      'a definition that is a list',
      { ...SMALL_FIRM, [FIRM_PATHS.view]: '[]' },
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
      withPlugin({ 'schemas/views/board.json': SMALL_FIRM[FIRM_PATHS.view] }),
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

describe('patches', () => {
  const base = Object.fromEntries(
    Object.entries(SMALL_FIRM).map(([path, content]) => [
      `../base/${path.replace(/^(locales|seed)/, 'schemas/$1')}`,
      content,
    ]),
  );
  const patch = (path: string, content: object): Files => ({ ...base, [path]: content });
  const G = 'schemas/automations/greet.json#';

  test.each<[string, Files, readonly string[]]>([
    [
      'of nothing',
      patch('schemas/automations/greet.json', { 'x-patch': 'bas/automation/greet' }),
      [`${G}/x-patch: The package "bas" brings no automation "greet". It comes from base.`],
    ],
    [
      'of another kind',
      patch('schemas/automations/greet.json', { 'x-patch': 'base/view/greet' }),
      [`${G}/x-patch: Must end in "automation/greet", the kind and name of this file.`],
    ],
    [
      'that breaks what it changes',
      patch('schemas/automations/greet.json', {
        'x-patch': 'base/automation/greet',
        do: { date: { with: { set: { dueOn: { $date: 'soon' } } } } },
      }),
      [
        `${G}/do/1/with/set/dueOn/$date: "soon" is no duration: write something like 15m, 2h, 1d, -30d, 1h30m or PT15M.`,
      ],
    ],
    [
      'by a package',
      {
        ...base,
        'package.json': { name: 'firm', casement: { plugins: ['extra'] } },
        'node_modules/extra/package.json': { name: 'extra' },
        'node_modules/extra/schemas/automations/greet.json': { 'x-patch': 'base/automation/greet' },
      },
      [
        'node_modules/extra/schemas/automations/greet.json#/x-patch: Only a project may change the definitions of a package. A package adds to an entity with "x-extends".',
      ],
    ],
  ])('%s', (_, files, expected) => {
    expect(errorsOf(files)).toEqual(expected);
  });
});

test('all errors of all files come at once, and one broken file does not make others look wrong', () => {
  const files = [
    (files: Files) => change(files, FIRM_PATHS.client, (doc) => Object.assign(doc, { titel: 'Client' })),
    (files: Files) => change(files, FIRM_PATHS.view, (doc) => Object.assign(doc, { kind: 'cards' })),
    (files: Files) => change(files, FIRM_PATHS.pipeline, (doc) => Object.assign(doc, { color: 'red' })),
    (files: Files) =>
      change(files, FIRM_PATHS.role, (doc) => Object.assign(doc, { entities: { order: { read: 'some' } } })),
    (files: Files) => change(files, FIRM_PATHS.report, (doc) => Object.assign(doc, { period: 'title' })),
  ].reduce((files, edit) => edit(files), SMALL_FIRM);
  expect(errorsOf({ ...files, [FIRM_PATHS.calendar]: '{' })).toEqual([
    'schemas/calendars/office.json#/: Not JSON: the file ends where a key in double quotes is expected (line 1, column 2).',
    'schemas/entities/client.json#/titel: Unknown key "titel". Did you mean "title"?',
    'schemas/pipelines/sales.json#/color: Unknown key "color". Known here: $schema, $comment, name, title, entity, stages, transitions.',
    'schemas/views/board.json#/kind: "cards" is not known here. It may be "list", "form", "board", "calendar" or "timeline".',
    'schemas/roles/seller.json#/entities/order/read: "some" is not a level: all, team, own, none, or a condition.',
    'schemas/reports/bySource.json#/period: "title" is a text, not a date.',
  ]);
});
