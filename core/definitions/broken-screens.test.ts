import { describe, expect, test } from 'vitest';
import { broken, type FirmPart, member, type Edit } from '../../tests/support/definitions.ts';

describe('roles, views and forms', () => {
  const R = 'schemas/roles/seller.json#';
  const V = 'schemas/views/board.json#';
  const F = 'schemas/forms/ask.json#';

  test.each<[FirmPart, string, Edit, string]>([
    [
      'role',
      'an unknown entity',
      (doc) => Object.assign(member(doc, 'entities'), { ordre: { read: 'all' } }),
      `${R}/entities/ordre: There is no entity "ordre". Did you mean "order"?`,
    ],
    [
      'role',
      'a level that does not exist',
      (doc) => Object.assign(member(doc, 'entities/order'), { read: 'everything' }),
      `${R}/entities/order/read: "everything" is not a level: all, team, own, none, or a condition.`,
    ],
    [
      'role',
      'own without an owner',
      (doc) => Object.assign(member(doc, 'entities'), { user: { read: 'own' } }),
      `${R}/entities/user/read: user has no owner, so "own" means nothing here. Use all, none or a condition, or name the owner in its "x-entity".`,
    ],
    [
      'role',
      'an unknown field',
      (doc) => Object.assign(member(doc, 'entities/order/fields'), { vta: 'hidden' }),
      `${R}/entities/order/fields/vta: order has no field "vta". Did you mean "vat"?`,
    ],
    [
      'role',
      'a condition for every entity',
      (doc) => Object.assign(member(doc, 'entities/*'), { read: { city: 'Riga' } }),
      `${R}/entities/*/read: A condition speaks of the fields of one entity: name the entity instead of "*".`,
    ],
    [
      'role',
      'an operation that does not exist',
      (doc) => (doc['operations'] as unknown[]).push('exports'),
      `${R}/operations/1: "exports" is not known here. Did you mean "export"? It may be "export", "import", "massEdit", "users", "definitions", "reports", "jobs", "metrics" or "channels".`,
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
      (doc) => Object.assign(member(doc, 'fields/0'), { like: 'client.nmae' }),
      `${F}/fields/0/like: client has no field "nmae". Did you mean "name"?`,
    ],
    [
      'form',
      'a reference asked of a visitor',
      (doc) => Object.assign(member(doc, 'fields/0'), { like: 'order.client' }),
      `${F}/fields/0/like: "order.client" cannot be asked of a visitor: it is a reference.`,
    ],
    [
      'form',
      'a value that the form lacks',
      (doc) => Object.assign(member(doc, 'creates/0/set'), { city: { $expr: 'form.town' } }),
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
      (doc) => Object.assign(member(doc, 'creates/0'), { match: ['phon'] }),
      `${F}/creates/0/match/0: client has no field "phon". Did you mean "phone"?`,
    ],
  ])('%s: %s', (path, _, edit, expected) => {
    expect(broken(path, edit)).toContain(expected);
  });
});
