import { LANGUAGE } from './keys.ts';
import { KINDS, type Document, type Kind, type LocaleFile } from './documents.ts';
import type { ErrorSink } from './definition-errors.ts';
import type { FoundPackage } from './find-packages.ts';
import type { Package } from './read-package.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** What the overlay holds: the kinds of definition, and texts by language. */
export type OverlayKind = Kind | 'locale';
export const OVERLAY_KINDS = [...KINDS, 'locale'] as const satisfies readonly OverlayKind[];

/** A definition made or patched while the application runs, kept in the database. The same document as in a file. */
export interface OverlayDocument {
  readonly kind: OverlayKind;
  readonly name: string;
  readonly json: JsonSchema;
}

/** How errors name a document of the overlay. */
export function overlayFile({ kind, name }: Pick<OverlayDocument, 'kind' | 'name'>): string {
  return `overlay/${kind}/${name}.json`;
}

/**
 * The last layer. It belongs to the project's package: written into the project's folder (`casement package export`) it says the same.
 */
export function overlayPackage(project: FoundPackage, overlay: readonly OverlayDocument[], errors: ErrorSink): Package {
  const documents: Document[] = [];
  const locales: LocaleFile[] = [];
  for (const { kind, name, json } of overlay) {
    const file = overlayFile({ kind, name });
    if (kind !== 'locale') documents.push({ kind, name, package: project.name, layer: 'overlay', file, json });
    else if (LANGUAGE.test(name))
      locales.push({ language: name, package: project.name, layer: 'overlay', file, texts: json });
    else errors.add(file, '', 'Must be named after a language, such as et or pt-BR.');
  }
  return { ...project, layer: 'overlay', documents, locales };
}

/**
 * A whole document of the overlay stands in place of the project's own one of that name; nothing else may be replaced so.
 * A template keeps the sources that lie beside it.
 */
export function replaceByOverlay(documents: readonly Document[]): readonly Document[] {
  const whole = documents.filter((document) => document.layer === 'overlay' && isWhole(document));
  if (whole.length === 0) return documents;
  const replaced = new Map<Document, Document>();
  for (const document of whole) {
    const own = documents.find(
      (other) =>
        other.layer === 'project' && other.kind === document.kind && other.name === document.name && isWhole(other),
    );
    if (own) replaced.set(own, own.sources ? { ...document, sources: own.sources } : document);
  }
  const moved = new Set([...replaced.values()].map(({ file }) => file));
  return documents
    .filter((document) => !(document.layer === 'overlay' && moved.has(document.file)))
    .map((document) => replaced.get(document) ?? document);
}

/** Neither a patch nor an addition. */
export function isWhole({ json }: Pick<Document, 'json'>): boolean {
  return json['x-patch'] === undefined && json['x-extends'] === undefined;
}
