import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSchema } from './check-schema.ts';
import { KINDS, type Document, type DocumentsByKind, type Kind } from './documents.ts';
import { checkInheritedNames } from './inherited-names.ts';
import { KEY, RESERVED } from './keys.ts';
import { createErrorSink, type ErrorSink } from './definition-errors.ts';
import type { JsonSchema } from '../fields/field-type.ts';

export type MetaSchemas = Readonly<Record<Kind | 'package' | 'seed', JsonSchema>>;

/** The JSON Schemas of our own definition kinds, from the base package. */
export function readMetaSchemas(baseDir: string): MetaSchemas {
  const kinds = [...KINDS, 'package', 'seed'] as const;
  const read = (kind: string): JsonSchema => {
    const schema: JsonSchema = JSON.parse(
      readFileSync(join(baseDir, 'schemas', 'meta', `${kind}.schema.json`), 'utf8'),
    );
    return schema;
  };
  return Object.fromEntries(kinds.map((kind) => [kind, read(kind)])) as MetaSchemas;
}

/** Definitions whose shape is right, and every name that a file claims, so that one broken file does not make others look wrong. */
export interface CheckedDocuments {
  /** Shape right, in package order. Entities with wrong places are kept without those places. */
  readonly of: DocumentsByKind;
  readonly names: ReadonlyMap<Kind, ReadonlySet<string>>;
  /** Where something is wrong already, so that what follows from it is not told again. */
  readonly broken: readonly Document[];
}

/** Checks each document against the meta-schema of its kind, and its name. */
export function validateDocuments(
  documents: readonly Document[],
  metas: MetaSchemas,
  errors: ErrorSink,
): CheckedDocuments {
  const of = new Map<Kind, Document[]>(KINDS.map((kind) => [kind, []]));
  const names = new Map<Kind, Set<string>>(KINDS.map((kind) => [kind, new Set()]));
  const owners = new Map<string, Document>();
  const patterns = new Map<string, RegExp>();
  const broken: Document[] = [];
  for (const document of documents) {
    checkInheritedNames(document, errors);
    const wrong = checkShape(document, { meta: metas[document.kind], patterns }, errors);
    const named = checkName(document, errors) && checkOwner(document, owners, errors);
    names.get(document.kind)?.add(document.name);
    if (!named || wrong.length > 0) broken.push(document);
    if (!named) continue;
    const kept = wrong.length === 0 ? document : mend(document, { meta: metas[document.kind], patterns }, wrong);
    if (kept) of.get(document.kind)?.push(kept);
  }
  // The meta-schemas have just said that the documents are of these shapes.
  return { of: Object.fromEntries(of) as unknown as DocumentsByKind, names, broken };
}

interface Shape {
  readonly meta: JsonSchema;
  readonly patterns: Map<string, RegExp>;
}

function checkShape(document: Document, { meta, patterns }: Shape, errors: ErrorSink): readonly string[] {
  const wrong: string[] = [];
  checkSchema(meta, document.json, {
    root: meta,
    patterns,
    add(pointer, message) {
      wrong.push(pointer);
      errors.add(document.file, pointer, message);
    },
  });
  return wrong;
}

function checkName(document: Document, errors: ErrorSink): boolean {
  const key = document.kind === 'entity' ? '$id' : 'name';
  const name = document.json[key];
  if (typeof name !== 'string') return false;
  if (name !== document.name) {
    errors.add(
      document.file,
      `/${key}`,
      `"${name}" is not the name of the file. Write "${document.name}" here, or call the file ${name}.json.`,
    );
    return false;
  }
  if (document.kind === 'entity' && RESERVED.has(name)) {
    errors.add(document.file, '/$id', `"${name}" is a reserved word. Choose another name.`);
    return false;
  }
  return true;
}

/** One package brings a name; the case of letters makes no difference. */
function checkOwner(document: Document, owners: Map<string, Document>, errors: ErrorSink): boolean {
  if (document.kind === 'entity' && document.json['x-extends'] !== undefined) return true;
  const key = `${document.kind}:${document.name.toLowerCase()}`;
  const first = owners.get(key);
  if (!first) {
    owners.set(key, document);
    return true;
  }
  const remedy = document.kind === 'entity' ? ' Rename one, or add to it with "x-extends".' : ' Rename one of them.';
  errors.add(
    document.file,
    '',
    `The ${document.kind} "${first.name}" stands already in ${first.file} (package ${first.package}), and here in package ${document.package}.${remedy}`,
  );
  return false;
}

/**
 * The document without its wrong places, when what is left has the right shape: so that one wrong word does not hide the
 * other errors. A wrong property of an entity stays as one of any kind, so that its key is known.
 */
function mend(document: Document, shape: Shape, wrong: readonly string[]): Document | undefined {
  const json = structuredClone(document.json);
  for (const pointer of wrong) {
    const path = pointer.slice(1).split('/').map(unescape);
    const [first, second = ''] = path;
    const isProperty = document.kind === 'entity' && first === 'properties' && KEY.test(second);
    if (isProperty) replace(json, ['properties', second], { 'x-field': { type: 'json' } });
    else replace(json, path, undefined);
  }
  const mended = { ...document, json };
  return checkShape(mended, shape, createErrorSink()).length === 0 ? mended : undefined;
}

function unescape(text: string): string {
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Puts a value at a path, or takes the member away. */
function replace(json: unknown, path: readonly string[], value: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), json);
  const key = path.at(-1) ?? '';
  if (typeof parent !== 'object' || parent === null) return;
  if (value !== undefined) Reflect.set(parent, key, value);
  else if (!Array.isArray(parent)) Reflect.deleteProperty(parent, key);
}
