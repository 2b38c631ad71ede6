import type { LocaleFile } from './documents.ts';

/**
 * A text of null, in the project or the overlay, takes away what files before it say under that key: a definition that is patched away takes its
 * texts along. Answers the files without what was taken away and without the nulls.
 */
export function removeTexts(locales: readonly LocaleFile[]): readonly LocaleFile[] {
  return locales.map((file, index) => {
    const later = locales.slice(index).filter(({ language, layer }) => language === file.language && mayRemove(layer));
    const removed = new Set(later.flatMap(({ texts }) => Object.keys(texts).filter((key) => texts[key] === null)));
    if (removed.size === 0) return file;
    return { ...file, texts: Object.fromEntries(Object.entries(file.texts).filter(([key]) => !removed.has(key))) };
  });
}

function mayRemove(layer: LocaleFile['layer']): boolean {
  return layer === 'project' || layer === 'overlay';
}
