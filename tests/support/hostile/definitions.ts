import type { Json } from './api-document.ts';

/** A definition as it is sent, and the address it belongs to. */
export interface SentDefinition {
  readonly kind: string;
  readonly name: string;
  readonly document: Json;
  /** Only looked at: saved, it would change what the rest of a run is held against. */
  readonly dryOnly?: true;
}

const badge = (name: Json, rest: Json = {}): SentDefinition => ({
  kind: 'entity',
  name: 'badge',
  dryOnly: true,
  document: {
    $id: 'badge',
    title: 'Badge',
    type: 'object',
    'x-entity': { plural: 'badges', display: '{{name}}' },
    properties: { name: { type: 'string', maxLength: 200, ...name } },
    additionalProperties: false,
    ...rest,
  },
});

const rule = (set: Json, rest: Json = {}): SentDefinition => ({
  kind: 'automation',
  name: 'hostile',
  dryOnly: true,
  document: {
    name: 'hostile',
    title: 'Hostile',
    on: { trigger: 'created', entity: 'contact' },
    do: [{ key: 'a', action: 'update', with: { set } }],
    as: 'system',
    ...rest,
  },
});

const template = (document: Json): SentDefinition => ({
  kind: 'template',
  name: 'hostile',
  dryOnly: true,
  document: { name: 'hostile', title: 'Hostile', entity: 'contact', purpose: 'document', ...document },
});

const deep = (levels: number): unknown => (levels === 0 ? 1 : { not: deep(levels - 1) });

/** Such as people write, and such as have kept programs busy, reached into them or brought them down. */
export const DEFINITIONS: readonly SentDefinition[] = [
  {
    kind: 'view',
    name: 'hostile',
    document: { name: 'hostile', title: 'Hostile', entity: 'contact', kind: 'list', fields: ['name', 'email'] },
  },
  {
    kind: 'report',
    name: 'hostile',
    document: { name: 'hostile', title: 'Hostile', entity: 'deal', measures: ['count'], dimensions: ['source'] },
  },
  { kind: 'locale', name: 'et', document: { 'entities.contact.title': 'Isik' } },
  { kind: 'locale', name: 'et', document: { 'entities.nothing.title': 'x', __proto__x: 'y' } },
  {
    kind: 'role',
    name: 'hostile',
    document: { name: 'hostile', title: 'Hostile', entities: { contact: { read: 'own' } }, operations: [] },
  },
  {
    kind: 'entity',
    name: 'contact',
    document: { 'x-extends': 'contact', properties: { shoe: { type: 'integer' } } },
    dryOnly: true,
  },
  { kind: 'entity', name: 'user', document: { 'x-patch': 'base/entity/user', properties: null }, dryOnly: true },
  { kind: 'entity', name: 'contact', document: { 'x-patch': '../../etc/passwd' }, dryOnly: true },
  badge({ pattern: '^[A-Z]{2}$' }),
  badge({ pattern: '^(a+)+$' }),
  badge({ pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' }),
  badge({ pattern: '(?=('.repeat(300) }),
  badge({ tsType: 'import("fs")' }),
  badge({ $ref: 'file:///etc/passwd' }),
  badge({ 'x-field': { computed: '1+'.repeat(5000) + '1' } }),
  badge({ 'x-field': { computed: '(('.repeat(2000) } }),
  badge({ 'x-field': { computed: 'constructor.constructor("x")()' } }),
  badge({}, { properties: Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`f${at}`, { type: 'string' }])) }),
  badge({}, { 'x-entity': { plural: 'contacts', display: '{{name}}' } }),
  rule({ notes: 'Seen by {{record.name}}' }),
  rule({ notes: '{{#each record}}'.repeat(500) + '{{/each}}'.repeat(500) }),
  rule({ notes: '{{constructor.constructor "x"}}' }),
  rule({ notes: { $expr: 'record.__proto__' } }),
  rule({ notes: 'x' }, { when: deep(25) }),
  rule({ nope: 1 }, { do: [] }),
  template({ fileName: '{{document.number}}' }),
  template({ fileName: '{{> secret}}', load: ['__proto__'] }),
  template({ source: { type: 'Program', body: [] } }),
];
