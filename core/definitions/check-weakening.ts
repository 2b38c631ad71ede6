import { isObject, objectOf } from './check-schema.ts';
import { canonicalJson } from './canonical-json.ts';
import { step, type ErrorSink } from './definition-errors.ts';
import type { Document } from './documents.ts';

/** What decides who sees a record, and that there is one of it. */
const FACTS = ['access', 'owner', 'single'] as const;
/** What makes a value what it is: the code and other packages rely on it. */
const NATURE = ['type', 'format', 'items', 'readOnly'] as const;
const FIELD_NATURE = [
  'type',
  'to',
  'many',
  'inverse',
  'onDelete',
  'computed',
  'rollup',
  'pattern',
  'options',
  'unique',
];

/**
 * The entities of the base package are what log-in, rights and history stand on: a patch may rename what people read, tighten, and add,
 * but take nothing away. Told at the patch.
 */
export function checkWeakening(before: Document, after: Document, errors: ErrorSink): void {
  if (before.kind !== 'entity' || before.layer !== 'base') return;
  const tell = (pointer: string, what: string): void =>
    errors.add(
      after.file,
      pointer,
      `${what} of the base package's "${before.name}" cannot be changed, because core relies on it.`,
    );
  for (const fact of FACTS) {
    if (differ(objectOf(before.json['x-entity'])[fact], objectOf(after.json['x-entity'])[fact]))
      tell(`/x-entity/${fact}`, `"${fact}"`);
  }
  if (differ(before.json['$id'], after.json['$id'])) tell('/$id', 'The name');
  const required = new Set(listOf(after.json['required']));
  for (const key of listOf(before.json['required']))
    if (!required.has(key)) tell('/required', `That "${String(key)}" is required`);
  const properties = objectOf(after.json['properties']);
  for (const [key, property] of Object.entries(objectOf(before.json['properties']))) {
    const pointer = `/properties${step(key)}`;
    if (!isObject(properties[key])) tell(pointer, `The field "${key}"`);
    else checkProperty({ before: objectOf(property), after: properties[key] }, (at, what) => tell(pointer + at, what));
  }
}

interface Sides {
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

function checkProperty({ before, after }: Sides, tell: (pointer: string, what: string) => void): void {
  for (const key of NATURE) if (differ(before[key], after[key])) tell(`/${key}`, `"${key}" of a field`);
  const was = objectOf(before['x-field']);
  const is = objectOf(after['x-field']);
  for (const key of FIELD_NATURE) if (differ(was[key], is[key])) tell(`/x-field/${key}`, `"${key}" of a field`);
}

function differ(before: unknown, after: unknown): boolean {
  return canonicalJson(before) !== canonicalJson(after);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
