/**
 * Legal forms by country, as they stand in names of companies: folded, without dots, words apart. They tell nothing of who it is: "Aknad OÜ",
 * "AKNAD osaühing" and "Aknad" are one. Add a line for another country.
 */
const BY_COUNTRY: Readonly<Record<string, readonly string[]>> = {
  EE: ['ou', 'as', 'uu', 'tu', 'fie', 'mtu', 'tuh', 'osauhing', 'aktsiaselts', 'usaldusuhing', 'taisuhing'],
  LV: ['sia', 'ik', 'ps', 'ks', 'sabiedriba ar ierobezotu atbildibu', 'akciju sabiedriba'],
  LT: ['uab', 'ab', 'mb', 'ij', 'uzdaroji akcine bendrove', 'akcine bendrove'],
  FI: ['oy', 'oyj', 'ky', 'ab oy', 'oy ab', 'osakeyhtio', 'tmi'],
  SE: ['ab', 'hb', 'aktiebolag', 'aktiebolaget'],
  NO: ['as', 'asa', 'enk'],
  DK: ['a s', 'aps', 'i s'],
  RU: [
    'ооо',
    'зао',
    'оао',
    'пао',
    'ао',
    'ип',
    'нао',
    'общество с ограниченнои ответственностью',
    'закрытое акционерное общество',
    'открытое акционерное общество',
    'публичное акционерное общество',
    'акционерное общество',
    'индивидуальныи предприниматель',
    'ooo',
    'oao',
    'zao',
    'pao',
  ],
  UA: ['тов', 'тзов', 'ват', 'зат', 'прат', 'пат', 'фоп'],
  BY: ['чуп', 'одо', 'чп'],
  IT: ['srl', 'srls', 'spa', 'snc', 'sas', 'sapa', 'scarl', 'societa a responsabilita limitata', 'societa per azioni'],
  DE: ['gmbh', 'mbh', 'ag', 'kg', 'ohg', 'ug', 'gbr', 'kgaa', 'gmbh co kg', 'gmbh und co kg', 'ug haftungsbeschrankt'],
  AT: ['gesmbh'],
  FR: ['sarl', 'sas', 'sasu', 'eurl', 'sa', 'snc'],
  ES: ['sl', 'slu', 'sa', 'sociedad limitada', 'sociedad anonima'],
  PT: ['lda', 'unipessoal lda'],
  NL: ['bv', 'nv', 'vof'],
  PL: ['sp z oo', 'spzoo', 'sp z o o', 'sp j', 'sp k', 'spolka z ograniczona odpowiedzialnoscia', 'spolka akcyjna'],
  CZ: ['sro', 's r o', 'as'],
  HU: ['kft', 'zrt', 'nyrt', 'bt'],
  RO: ['srl'],
  BG: ['ood', 'eood', 'ад', 'оод', 'еоод'],
  UK: ['ltd', 'limited', 'plc', 'llp', 'lp', 'co ltd', 'pty ltd', 'private limited'],
  US: ['inc', 'llc', 'corp', 'incorporated', 'corporation', 'co', 'company', 'pllc'],
  TR: ['ltd sti', 'anonim sirketi'],
};

type Form = readonly string[];

/** Each as its words, the longest first, so that "gmbh co kg" goes before "kg"; found by their first and by their last word. */
const FORMS: readonly Form[] = [...new Set(Object.values(BY_COUNTRY).flat())]
  .map((form) => form.split(' '))
  .sort((a, b) => b.length - a.length);
const BY_FIRST = formsBy((form) => form[0]);
const BY_LAST = formsBy((form) => form.at(-1));

function formsBy(word: (form: Form) => string | undefined): ReadonlyMap<string | undefined, readonly Form[]> {
  const found = new Map<string | undefined, readonly Form[]>();
  for (const form of FORMS) found.set(word(form), [...(found.get(word(form)) ?? []), form]);
  return found;
}

/** The words of a name without the legal forms at its ends, as often as one stands there; a name that is nothing else stays. */
export function withoutLegalForms(words: readonly string[]): readonly string[] {
  let left = words;
  for (;;) {
    const [first, last] = [left[0], left.at(-1)];
    const before = BY_FIRST.get(first)?.find((form) => form.length < left.length && standsAt(left, form, 0));
    const after = BY_LAST.get(last)?.find(
      (form) => form.length < left.length && standsAt(left, form, left.length - form.length),
    );
    if (before) left = left.slice(before.length);
    else if (after) left = left.slice(0, -after.length);
    else return left;
  }
}

function standsAt(words: readonly string[], form: Form, at: number): boolean {
  return form.every((part, index) => words[at + index] === part);
}
