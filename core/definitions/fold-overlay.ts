import { bare, composePatches, mergePatch } from './apply-patches.ts';
import { canonicalJson } from './canonical-json.ts';
import { objectOf } from './check-schema.ts';
import { createErrorSink } from './definition-errors.ts';
import { FOLDERS, type Document, type Kind } from './documents.ts';
import { isWhole, sourceName, splitSources, type OverlayDocument } from './overlay.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** A file of the project as it shall be; `before` is undefined for a new one. */
export interface FoldedFile {
  /** Relative to the project, with `/`. */
  readonly path: string;
  readonly before: JsonSchema | undefined;
  /** A text is that of a template. */
  readonly after: JsonSchema | string;
}

export interface FoldSources {
  /** Name of the project's package. */
  readonly project: string;
  /** Every document of every layer but the overlay, as read. */
  readonly documents: readonly Document[];
  /** The project's own texts by language. */
  readonly texts: ReadonlyMap<string, JsonSchema>;
  readonly overlay: readonly OverlayDocument[];
}

/** The files of the project that say what the overlay says. */
export function foldOverlay(sources: FoldSources): readonly FoldedFile[] {
  const files = new Map<string, FoldedFile>();
  for (const document of sources.overlay) for (const file of foldedFiles(sources, document)) files.set(file.path, file);
  return [...files.values()];
}

function foldedFiles(sources: FoldSources, document: OverlayDocument): readonly FoldedFile[] {
  const { kind, name } = document;
  if (kind === 'locale') return [foldTexts(sources, document)];
  if (kind !== 'template') return [foldDocument(sources, { ...document, kind })];
  const { json, sources: texts } = splitSources(document, createErrorSink());
  const beside = [...texts].map(([language, { text }]) => {
    return { path: `templates/${sourceName(name, language)}`, before: undefined, after: text };
  });
  return [foldDocument(sources, { ...document, kind, json }), ...beside];
}

function foldTexts({ texts }: FoldSources, { name, json }: OverlayDocument): FoldedFile {
  const before = texts.get(name);
  return { path: `locales/${name}.json`, before, after: { ...before, ...json } };
}

interface OverlayDefinition extends OverlayDocument {
  readonly kind: Kind;
}

function foldDocument(sources: FoldSources, document: OverlayDefinition): FoldedFile {
  const own = sources.documents.filter(
    ({ layer, kind, name }) => layer === 'project' && kind === document.kind && name === document.name,
  );
  if (document.json['x-patch'] !== undefined) return foldPatch(sources, { document, own });
  if (document.json['x-extends'] !== undefined) return foldAddition({ document, own });
  const before = own.find(isWhole);
  if (!before) return fresh({ document, own });
  return { path: before.file, before: before.json, after: withNotes(before.json, document.json) };
}

interface Folding {
  readonly document: OverlayDefinition;
  /** What the project itself says under this kind and name. */
  readonly own: readonly Document[];
}

function foldPatch(sources: FoldSources, { document, own }: Folding): FoldedFile {
  const address = String(document.json['x-patch']);
  const target = own.find(({ json }) => json['x-patch'] === undefined);
  if (target && address === `${sources.project}/${document.kind}/${document.name}`)
    return { path: target.file, before: target.json, after: mergePatch(target.json, bare(document.json)) };
  const earlier = own.filter(({ json }) => json['x-patch'] === address);
  const last = earlier.at(-1);
  const patched = sources.documents.find(
    (other) =>
      other.kind === document.kind &&
      other.json['x-patch'] === undefined &&
      `${other.package}/${other.kind}/${other.name}` === address,
  );
  if (!last || !patched) return fresh({ document, own });
  const base = earlier.slice(0, -1).reduce((json, patch) => mergePatch(json, bare(patch.json)), patched.json);
  const both = composePatches(last.json, bare(document.json));
  const wanted = mergePatch(mergePatch(base, bare(last.json)), bare(document.json));
  if (canonicalJson(mergePatch(base, bare(both))) !== canonicalJson(wanted)) return fresh({ document, own });
  return { path: last.file, before: last.json, after: both };
}

/** Properties put into the project's own entity, or into its own addition to another's. */
function foldAddition({ document, own }: Folding): FoldedFile {
  const target = own.find(({ json }) => json['x-patch'] === undefined);
  if (!target) return fresh({ document, own });
  const required = [...listOf(target.json['required']), ...listOf(document.json['required'])];
  const after = {
    ...target.json,
    properties: { ...objectOf(target.json['properties']), ...objectOf(document.json['properties']) },
    ...(required.length > 0 ? { required: [...new Set(required)] } : {}),
  };
  return { path: target.file, before: target.json, after };
}

/** A file of its own; where its name is taken, a word behind the name tells what it is. */
function fresh({ document, own }: Folding): FoldedFile {
  const folder = document.kind === 'template' ? 'templates' : `schemas/${FOLDERS[document.kind]}`;
  const word = document.json['x-patch'] === undefined ? 'extends' : 'patch';
  const taken = new Set(own.map(({ file }) => file));
  const paths = ['', `.${word}`, `.${word}2`].map((suffix) => `${folder}/${document.name}${suffix}.json`);
  const path = paths.find((one) => !taken.has(one)) ?? `${folder}/${document.name}.${word}${taken.size}.json`;
  return { path, before: undefined, after: document.json };
}

/** Notes to editors and readers stay. */
function withNotes(before: JsonSchema, after: JsonSchema): JsonSchema {
  const notes = Object.entries(before).filter(([key]) => key === '$schema' || key === '$comment');
  return { ...Object.fromEntries(notes), ...after };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
