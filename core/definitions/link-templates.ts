import { resolveField } from '../rules/condition-path.ts';
import { humanise } from './keys.ts';
import { defined } from './link-field.ts';
import { below, findEntity, type At, type Linking } from './linking.ts';
import { checkLoads, checkRecordPaths } from './paths.ts';
import type { Document, TemplateDoc } from './documents.ts';
import type { Template } from './model.ts';

/** The templates with their sources; what the sources say is checked, nothing is rendered. */
export function linkTemplates(
  linking: Linking,
  checkText: (source: string) => string | undefined,
): ReadonlyMap<string, Template> {
  const documents = linking.documents.of.template;
  return new Map(documents.map((document) => [document.name, linkTemplate(linking, document, checkText)]));
}

function linkTemplate(
  linking: Linking,
  document: Document<TemplateDoc>,
  checkText: (source: string) => string | undefined,
): Template {
  const doc = document.json;
  const at: At = { file: document.file, pointer: '' };
  const title = doc.title ?? humanise(doc.name);
  const fileName = doc.fileName ?? `${title} {{document.number}}`;
  linking.texts.set(`templates.${doc.name}.title`, title);
  for (const [key, text] of Object.entries(doc.texts ?? {}))
    linking.texts.set(`templates.${doc.name}.texts.${key}`, text);
  const entity = findEntity(linking, doc.entity, below(at, '/entity'));
  const sources = document.sources ?? new Map<string, { file: string; text: string }>();
  if (sources.size === 0)
    linking.errors.add(at.file, '', `There is no ${doc.name}.hbs beside it. Add the text of the template.`);
  for (const source of sources.values()) checkSource(linking, { doc, source, hasEntity: entity !== undefined });
  const problem = checkText(fileName);
  if (problem !== undefined) linking.errors.add(at.file, '/fileName', problem);
  if (entity) {
    checkLoads(linking, entity.name, { loads: doc.load ?? [], at: below(at, '/load') });
    if (doc.language !== undefined) checkLanguage(linking, { doc, path: doc.language, at: below(at, '/language') });
  }
  return {
    name: doc.name,
    title,
    fileName,
    entity: doc.entity,
    purpose: doc.purpose,
    paper: doc.paper ?? 'A4',
    load: doc.load ?? [],
    sources: new Map([...sources].map(([language, source]) => [language, source.text])),
    ...defined({ language: doc.language, sequence: doc.sequence }),
  };
}

function checkLanguage(linking: Linking, { doc, path, at }: { doc: TemplateDoc; path: string; at: At }): void {
  try {
    resolveField(path, doc.entity, linking.lookup);
  } catch (error) {
    linking.errors.add(at.file, at.pointer, error instanceof Error ? error.message : String(error));
  }
}

const TEXT_KEY = /\{\{[^}]*?\bt\s+["']([^"']+)["']/g;
const BLANK = /\{\{!(?:--[\s\S]*?--|[^}]*)\}\}/g;

interface SourceCheck {
  readonly doc: TemplateDoc;
  readonly source: { readonly file: string; readonly text: string };
  readonly hasEntity: boolean;
}

function checkSource(linking: Linking, { doc, source, hasEntity }: SourceCheck): void {
  const at: At = { file: source.file, pointer: '' };
  for (const { message } of linking.slow.template(source.text)) linking.errors.add(at.file, '', message);
  const text = source.text.replaceAll(BLANK, '');
  for (const [, key = ''] of text.matchAll(TEXT_KEY)) {
    const name = `templates.${doc.name}.texts.${key}`;
    if (!linking.texts.has(name))
      linking.errors.add(at.file, '', `{{t "${key}"}} has no text. Add "${key}" to "texts" of ${doc.name}.json.`);
  }
  if (!hasEntity) return;
  for (const [tag] of text.matchAll(/\{\{[^}]*\}\}/g))
    checkRecordPaths(linking, doc.entity, { source: tag, at, loads: doc.load ?? [] });
}
