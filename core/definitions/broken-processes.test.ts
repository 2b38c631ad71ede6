import { describe, expect, test } from 'vitest';
import { broken, type FirmPart, member, type Edit } from '../../tests/support/definitions.ts';

describe('pipelines and automations', () => {
  const P = 'schemas/pipelines/sales.json#';
  const A = 'schemas/automations/greet.json#';

  test.each<[FirmPart, string, Edit, string]>([
    [
      'pipeline',
      'an unknown stage',
      (doc) => Object.assign(member(doc, 'transitions/0'), { to: 'atWork' }),
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
      (doc) => Object.assign(member(doc, 'stages/0'), { kind: 'opened' }),
      `${P}/stages/0/kind: "opened" is not known here. Did you mean "open"? It may be "open", "won" or "lost".`,
    ],
    [
      'pipeline',
      'a stage said twice',
      (doc) => Object.assign(member(doc, 'stages/3'), { key: 'won' }),
      `${P}/stages/3/key: The key "won" stands here twice (the case of letters makes no difference).`,
    ],
    [
      'pipeline',
      'a goal that is no duration',
      (doc) => Object.assign(member(doc, 'stages/0'), { goal: '15 minutes' }),
      `${P}/stages/0/goal: "15 minutes" is not a duration such as 15m, 2h, 1d, 1h30m or PT15M.`,
    ],
    [
      'pipeline',
      'a requirement of no field',
      (doc) => Object.assign(member(doc, 'transitions/0'), { requires: ['line'] }),
      `${P}/transitions/0/requires/0: order has no field or list "line". Did you mean "lines"?`,
    ],
    [
      'pipeline',
      'a wrong condition',
      (doc) => Object.assign(member(doc, 'transitions/1/requires/0'), { condition: { totel: { gt: 0 } } }),
      `${P}/transitions/1/requires/0/condition/totel: order has no field "totel". Did you mean "total"?`,
    ],
    [
      'pipeline',
      'an unknown role',
      (doc) => Object.assign(member(doc, 'transitions/1'), { roles: ['seler'] }),
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
      'a text that would choose the record of a system rule (R-13)',
      (doc) => Object.assign(member(doc, 'do/1/with'), { entity: 'client', id: { $expr: 'record["title"]' }, set: {} }),
      `${A}/do/1/with/id/$expr: "record.title" is a text, and whoever writes it would choose the record that the system works on. Name a reference, or let the rule work "as": "owner".`,
    ],
    [
      'automation',
      'a text that would choose the reference a system rule sets (R-13)',
      (doc) => Object.assign(member(doc, 'do/1/with'), { set: { client: '{{record.client.city}}' } }),
      `${A}/do/1/with/set/client: "record.client.city" is a text, and whoever writes it would choose the record that the system works on. Name a reference, or let the rule work "as": "owner".`,
    ],
    [
      'automation',
      'an unknown trigger',
      (doc) => Object.assign(member(doc, 'on'), { trigger: 'enterd' }),
      `${A}/on/trigger: "enterd" is not known here. Did you mean "entered"? It may be "created", "deleted", "updated", "entered", "left", "stayed", "due", "event", "schedule", "received" or "manual".`,
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
      (doc) => Object.assign(member(doc, 'on'), { stage: 'frehs' }),
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
      (doc) => Object.assign(member(doc, 'do/0'), { action: 'notfy' }),
      `${A}/do/0/action: There is no action "notfy". Did you mean "notify"? Known: create, update, move, assign, notify, document, mail, webhook, wait, branch, each.`,
    ],
    [
      'automation',
      'an input the action lacks',
      (doc) => Object.assign(member(doc, 'do/0/with'), { titel: 'x' }),
      `${A}/do/0/with/titel: Unknown key "titel". Did you mean "title"?`,
    ],
    [
      'automation',
      'a missing input',
      (doc) => Object.assign(member(doc, 'do/0'), { with: { title: 'x' } }),
      `${A}/do/0/with: "to" is missing.`,
    ],
    [
      'automation',
      'a field that cannot be set',
      (doc) => Object.assign(member(doc, 'do/1/with'), { set: { total: '5' } }),
      `${A}/do/1/with/set/total: "total" of order cannot be set: it is worked out.`,
    ],
    [
      'automation',
      'a value the field refuses',
      (doc) => Object.assign(member(doc, 'do/1/with'), { set: { source: 'shop' } }),
      `${A}/do/1/with/set/source: Must be one of: site, walk-in.`,
    ],
    [
      'automation',
      'a wrong expression',
      (doc) => Object.assign(member(doc, 'do/1/with'), { set: { title: { $expr: 'record.titel' } } }),
      `${A}/do/1/with/set/title/$expr: order has no field "titel". Did you mean "title"?`,
    ],
    [
      'automation',
      'a new record without what it requires',
      (doc) =>
        Object.assign(member(doc, 'do/1'), { action: 'create', with: { entity: 'client', set: { city: 'Riga' } } }),
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
      (doc) => Object.assign(member(doc, 'do/1'), { key: 'tell' }),
      `${A}/do/1/key: The key "tell" stands here twice (the case of letters makes no difference).`,
    ],
    [
      'automation',
      'an unknown role of an action',
      (doc) => Object.assign(member(doc, 'do/0/with/to'), { role: 'boss' }),
      `${A}/do/0/with/to/role: There is no role "boss".`,
    ],
  ])('%s: %s', (path, _, edit, expected) => {
    expect(broken(path, edit)).toContain(expected);
  });
});
