import { step, type DefinitionError } from './definition-errors.ts';
import { FOLDERS, KINDS, type Kind } from './documents.ts';
import type { Model } from './model.ts';

/** Every text a language of the model lacks, at the file of texts it belongs into: that of the package whose definition says it. */
export function findMissingTexts(model: Model): readonly DefinitionError[] {
  return model.languages.flatMap((language) =>
    model.texts.missing(language).map((key) => ({
      file: fileFor(model, ownerOf(model, key), language),
      pointer: step(key),
      message: `There is no text in ${language} for "${model.texts.keys.get(key) ?? ''}".`,
    })),
  );
}

/** The package that brings what a text names: `entities.deal.fields.colour` may come from another than `entities.deal.title`. */
function ownerOf(model: Model, key: string): string {
  const [folder = '', name = '', part = '', field = ''] = key.split('.');
  if (folder === 'fields') return 'base';
  if (folder === 'entities') {
    const entity = model.entities.get(name);
    return (part === '' ? undefined : entity?.fields.get(field)?.package) ?? entity?.package ?? 'base';
  }
  const kind = KINDS.find((one) => folderOf(one) === folder);
  const document = model.documents.find(
    (one) => one.kind === kind && one.name === name && one.json['x-patch'] === undefined,
  );
  return document?.package ?? 'base';
}

function folderOf(kind: Kind): string {
  return kind === 'template' ? 'templates' : FOLDERS[kind];
}

function fileFor(model: Model, owner: string, language: string): string {
  const own = model.locales.find((file) => file.language === language && file.package === owner);
  if (own) return own.file;
  const beside = model.locales.find((file) => file.package === owner)?.file;
  return beside === undefined ? `locales/${language}.json` : beside.replace(/[^/]+$/, `${language}.json`);
}
