import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkSchema } from './check-schema.ts';
import { KINDS, type Document, type DocumentsByKind, type Kind } from './documents.ts';
import { RESERVED } from './keys.ts';
import type { ErrorSink } from './definition-errors.ts';
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
  for (const document of documents) {
    const wrong = checkShape(document, { meta: metas[document.kind], patterns }, errors);
    const named = checkName(document, errors) && checkOwner(document, owners, errors);
    names.get(document.kind)?.add(document.name);
    if (!named) continue;
    if (wrong.length === 0) of.get(document.kind)?.push(document);
    else if (document.kind === 'entity') of.get('entity')?.push({ ...document, json: without(document.json, wrong) });
  }
  // The meta-schemas have just said that the documents are of these shapes.
  return { of: Object.fromEntries(of) as unknown as DocumentsByKind, names };
}

function checkShape(
  document: Document,
  { meta, patterns }: { meta: JsonSchema; patterns: Map<string, RegExp> },
  errors: ErrorSink,
): readonly string[] {
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

/** The document without the members at the wrong places; a wrong property stays as an empty one, so that its key is known. */
function without(json: JsonSchema, wrong: readonly string[]): JsonSchema {
  const copy = structuredClone(json) as Record<string, unknown>;
  for (const pointer of wrong) {
    const [first = '', second] = pointer.slice(1).split('/');
    if (first === 'properties' && second !== undefined)
      (copy['properties'] as Record<string, unknown>)[second] = { 'x-field': { type: 'json' } };
    else delete copy[first];
  }
  return copy;
}
