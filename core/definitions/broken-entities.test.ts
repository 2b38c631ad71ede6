import { describe, expect, test } from 'vitest';
import { broken, errorsOf, member, SMALL_FIRM, type Content, type Edit } from '../../tests/support/definitions.ts';

const ORDER = 'schemas/entities/order.json#';

/** The errors of the small firm with a changed property of the order. */
function property(key: string, schema: unknown): readonly string[] {
  return broken('order', (order) => Object.assign(order['properties'] as Content, { [key]: schema }));
}

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
    [
      'new names of options that are not there, or still there',
      'kind',
      { enum: ['a', 'b'], 'x-field': { 'x-was': { c: 'd', a: 'b' } } },
      [
        `${ORDER}/properties/kind/x-field/x-was/c: There is no option "c". Did you mean "a"?`,
        `${ORDER}/properties/kind/x-field/x-was/a: "b" is still an option, so this cannot be its new name.`,
      ],
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
      (order) => Object.assign(member(order, 'x-entity'), { plural: 'Orders' }),
      [`${ORDER}/x-entity/plural: "Orders" is not kebab-case such as order-lines.`],
    ],
    [
      'a plural of another entity',
      (order) => Object.assign(member(order, 'x-entity'), { plural: 'clients' }),
      [
        `${ORDER}/x-entity/plural: "clients" is already the plural of client (schemas/entities/client.json). Choose another.`,
      ],
    ],
    [
      'an owner that is no user',
      (order) => Object.assign(member(order, 'x-entity'), { owner: 'client' }),
      [`${ORDER}/x-entity/owner: "client" is not a reference to one user, so it cannot be the owner.`],
    ],
    [
      'a display of no field',
      (order) => Object.assign(member(order, 'x-entity'), { display: '{{titel}}' }),
      [`${ORDER}/x-entity/display: order has no field "titel". Did you mean "title"?`],
    ],
    [
      'unique of no field',
      (order) => Object.assign(member(order, 'x-entity'), { unique: [['title', 'clent']] }),
      [`${ORDER}/x-entity/unique/0/1: order has no field "clent". Did you mean "client"?`],
    ],
    [
      'duplicates that nothing tells',
      (order) => Object.assign(member(order, 'x-entity'), { duplicates: {} }),
      [
        `${ORDER}/x-entity/duplicates: Name the fields that tell duplicates: "same" for phones and e-mails, "similar" for names.`,
      ],
    ],
    [
      'duplicates by no field',
      (order) => Object.assign(member(order, 'x-entity'), { duplicates: { same: ['titel'] } }),
      [`${ORDER}/x-entity/duplicates/same/0: order has no field "titel". Did you mean "title"?`],
    ],
    [
      'duplicates by what has no spelling',
      (order) =>
        Object.assign(member(order, 'x-entity'), { duplicates: { same: ['client', 'title'], similar: ['title'] } }),
      [
        `${ORDER}/x-entity/duplicates/same/0: "client" is a reference. Take a text, a phone, an e-mail or a url.`,
        `${ORDER}/x-entity/duplicates/similar/0: "title" stands in "same" already. Take it out of one of them.`,
      ],
    ],
    [
      'a name that is a date',
      (order) => Object.assign(member(order, 'x-entity'), { duplicates: { similar: ['dueOn'] } }),
      [`${ORDER}/x-entity/duplicates/similar/0: "dueOn" is a date. Only a text can hold a name.`],
    ],
    [
      'access through no reference',
      (order) => Object.assign(member(order, 'x-entity'), { access: { via: 'title' } }),
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
