import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { fold } from './fold.ts';

it.each([
  ['  Tõnu   KÄSK ', 'tonu kask'],
  ['Weiß', 'weiss'],
  ['Łódź', 'lodz'],
  ['Smørrebrød', 'smorrebrod'],
  ['Đorđe', 'dorde'],
  ['Šķūnis ēģļ', 'skunis egl'],
  ['Ёлка Йод', 'елка иод'],
  ['İstanbul ı', 'istanbul i'],
  ['ﬁn ①', 'fin 1'],
  ['Å Å', 'a a'],
  ['ΣΊΣΥΦΟΣ', 'σισυφος'],
])('folds %s to %s', (text, folded) => {
  expect(fold(text)).toBe(folded);
});

it('is idempotent and blind to normal forms', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(fold(fold(text))).toBe(fold(text));
      expect(fold(text.normalize('NFD'))).toBe(fold(text.normalize('NFC')));
    }),
  );
});
