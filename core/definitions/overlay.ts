import { isObject, objectOf } from './check-schema.ts';
import { step } from './definition-errors.ts';
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
    const document = { kind, name, package: project.name, layer: 'overlay', file } as const;
    if (kind === 'template') documents.push({ ...document, kind, ...splitSources({ kind, name, json }, errors) });
    else if (kind !== 'locale') documents.push({ ...document, kind, json });
    else if (LANGUAGE.test(name))
      locales.push({ language: name, package: project.name, layer: 'overlay', file, texts: json });
    else errors.add(file, '', 'Must be named after a language, such as et or pt-BR.');
  }
  return { ...project, layer: 'overlay', documents, locales };
}

/**
 * In the overlay a template brings its texts as a member, `{"sources": {"": "…", "et": "…"}}` by language: there is no file beside it. They are
 * told by the names of the files they would be.
 */
export function splitSources(
  { kind, name, json }: OverlayDocument,
  errors: ErrorSink,
): Required<Pick<Document, 'json' | 'sources'>> {
  const { sources = {}, ...rest } = json;
  const found = new Map<string, { file: string; text: string }>();
  const file = overlayFile({ kind, name });
  if (!isObject(sources)) errors.add(file, '/sources', 'Must be an object of texts by language.');
  for (const [language, text] of Object.entries(objectOf(sources))) {
    const pointer = `/sources${step(language)}`;
    if (language !== '' && !LANGUAGE.test(language))
      errors.add(file, pointer, `"${language}" is not a language such as en or pt-BR. Write "" for every language.`);
    else if (typeof text !== 'string' || text.trim() === '') errors.add(file, pointer, 'Must be a text.');
    else found.set(language, { file: `overlay/template/${sourceName(name, language)}`, text });
  }
  return { json: rest, sources: found };
}

/** The file of a template's text in one language; '' = for every language. */
export function sourceName(template: string, language: string): string {
  return language === '' ? `${template}.hbs` : `${template}.${language}.hbs`;
}

/**
 * A whole document of the overlay stands in place of the project's own one of that name; nothing else may be replaced so.
 * A template keeps the sources that lie beside it, but for those it brings.
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
    if (own) replaced.set(own, withSources(document, own));
  }
  const moved = new Set([...replaced.values()].map(({ file }) => file));
  return documents
    .filter((document) => !(document.layer === 'overlay' && moved.has(document.file)))
    .map((document) => replaced.get(document) ?? document);
}

/** The texts of the earlier document, but for those that the later one brings. */
export function withSources(later: Document, earlier: Document): Document {
  if (!earlier.sources) return later;
  return { ...later, sources: new Map([...earlier.sources, ...(later.sources ?? [])]) };
}

/** Neither a patch nor an addition. */
export function isWhole({ json }: Pick<Document, 'json'>): boolean {
  return json['x-patch'] === undefined && json['x-extends'] === undefined;
}
