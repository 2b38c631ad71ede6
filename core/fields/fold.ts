/** Letters that NFKD leaves whole although people type them without the stroke. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ł: 'l',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ħ: 'h',
  ı: 'i',
  ŧ: 't',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ŋ: 'n',
  ĸ: 'k',
};

const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');

/**
 * The form in which texts are sorted and matched without case: NFKD, lower case, marks stripped, spaces collapsed.
 * `fold('  Tõnu  ŁOŚ ')` is `tonu los`. Idempotent.
 */
export function fold(text: string): string {
  const bare = text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter);
  return collapse(bare);
}

function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
