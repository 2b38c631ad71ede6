import { fold } from '../../fields/fold.ts';
import { withoutLegalForms } from './legal-forms.ts';

/** A word of a name: as it is written, and as it sounds whatever alphabet and spelling it is written in. */
export interface NameWord {
  /** Folded. */
  readonly written: string;
  /** Latin, spellings of one sound made one: `шувалов`, `šuvalov` and `Shuvaloff` are `suvalov`. */
  readonly sound: string;
  /** The sound without its vowels, but for the first letter: the same after most slips in vowels. */
  readonly frame: string;
}

/** More words than this tell nothing more. */
const MOST_WORDS = 8;
const LONGEST_WORD = 40;

/** The words of a name without its legal form, in their order. */
export function nameWords(name: string): readonly NameWord[] {
  const written = withoutLegalForms(wordsOf(name)).slice(0, MOST_WORDS);
  return written.map((word) => {
    const sound = soundOf(word);
    return { written: word, sound, frame: frameOf(sound) };
  });
}

function wordsOf(name: string): readonly string[] {
  return fold(name)
    .replace(/['’`ʼ"“”„«»]/gu, '')
    .replace(/(?<=^|[^\p{L}\p{N}])((?:\p{L}\.)+\p{L}?)(?=$|[^\p{L}\p{N}])/gu, (letters) => letters.replaceAll('.', ''))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .map((word) => word.slice(0, LONGEST_WORD));
}

/** Folded Cyrillic, so without й, ё and ї. */
const LATIN: Readonly<Record<string, string>> = {
  а: 'a', б: 'b', в: 'v', г: 'g', ґ: 'g', д: 'd', е: 'e', є: 'e', ж: 'z', з: 'z', и: 'i', і: 'i', к: 'k', л: 'l', м: 'm', н: 'n',
  о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 's', щ: 's', ъ: '', ы: 'i', ь: '', э: 'e',
  ю: 'iu', я: 'ia',
}; // prettier-ignore

/** Spellings of one sound, in the order in which they are replaced. */
const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/shch|sch|sh|sz/g, 's'],
  [/zh/g, 'z'],
  [/q|ck/g, 'k'],
  [/tsch|tch|ts|tz|cz|ch|c(?=[eiy])/g, 'q'],
  [/c/g, 'k'],
  [/kh/g, 'h'],
  [/ph|ff?/g, 'v'],
  [/w/g, 'v'],
  [/th/g, 't'],
  [/x/g, 'ks'],
  [/[jy]/g, 'i'],
  [/(\p{L})\1+/gu, '$1'],
  [/^i(?=[aeou])/g, ''],
];

function soundOf(word: string): string {
  let sound = [...word].map((letter) => LATIN[letter] ?? letter).join('');
  for (const [spelling, one] of SOUNDS) sound = sound.replace(spelling, one);
  return sound === '' ? word : sound;
}

function frameOf(sound: string): string {
  const [first = '', ...rest] = sound;
  return first + rest.join('').replace(/[aeiou]/g, '');
}
