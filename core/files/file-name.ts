const MAX_LENGTH = 200;

/** Invisible characters that turn the reading direction or hide a true extension, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * The name a file is shown and downloaded by: the last part of any path, without control or direction characters, at most 200
 * characters with its extension kept. Never used as a path on the disk. Empty when nothing is left.
 */
export function cleanFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(UNSAFE, '')
    .replaceAll(/[<>:"|?*]/g, '_')
    .replace(/\s+/gu, ' ')
    .trim();
  if (clean === '.' || clean === '..') return '';
  const characters = Array.from(clean);
  if (characters.length <= MAX_LENGTH) return clean;
  const dot = clean.lastIndexOf('.');
  const extension = dot > 0 && clean.length - dot <= 16 ? clean.slice(dot) : '';
  return characters.slice(0, MAX_LENGTH - extension.length).join('') + extension;
}
