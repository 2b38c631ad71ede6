import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { KINDS, type Document, type LocaleFile } from './documents.ts';
import type { MergedEntity } from './merge-entities.ts';
import type { CheckedDocuments } from './validate-documents.ts';

/** Notes to readers, editors and the loader: nothing the model says. */
const ASIDE = new Set(['$schema', '$comment', 'x-patch', 'x-extends']);

export interface HashSources {
  readonly documents: CheckedDocuments;
  readonly merged: readonly MergedEntity[];
  /** In package order; a later text wins. */
  readonly locales: readonly LocaleFile[];
}

/**
 * SHA-256 over what the model says: every definition with all patches and additions in it, and every text. Which package, layer or file
 * says it makes no difference, so a project with an overlay and the package exported from it have one hash.
 */
export function hashModel({ documents, merged, locales }: HashSources): string {
  const said = KINDS.filter((kind) => kind !== 'entity').map((kind) => [
    kind,
    Object.fromEntries(documents.of[kind].map((document) => [document.name, contentOf(document)])),
  ]);
  const entities = Object.fromEntries(merged.map((entity) => [entity.name, entityOf(entity)]));
  const texts: Record<string, Record<string, unknown>> = {};
  for (const { language, texts: own } of locales) texts[language] = { ...texts[language], ...bareOf(own) };
  return createHash('sha256')
    .update(canonicalJson({ ...Object.fromEntries(said), entity: entities, texts }))
    .digest('hex');
}

function contentOf({ json, sources }: Document<object>): object {
  const texts = [...(sources ?? [])].map(([language, { text }]) => [language, text]);
  return { json: bareOf(json), ...(sources ? { sources: Object.fromEntries(texts) } : {}) };
}

function entityOf({ doc, properties }: MergedEntity): object {
  const all = [...properties.values()];
  return {
    ...bareOf(doc),
    properties: Object.fromEntries(all.map(({ key, doc: property }) => [key, property])),
    required: all
      .filter(({ required }) => required)
      .map(({ key }) => key)
      .sort(),
  };
}

function bareOf(json: object): object {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !ASIDE.has(key)));
}
