import { CasementError } from '../../errors.ts';

/** What the operator decides about steps that are not safe. Places are `entity.field`. */
export interface Answers {
  /** The value for records that have none, as typed. */
  readonly fill: Readonly<Record<string, string>>;
  /** New values for old ones, as typed; an empty new one clears. `*` = every value that cannot be kept. */
  readonly replace: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Texts may be cut to the new length. */
  readonly truncate: readonly string[];
  /** Values may be carried into the new type. */
  readonly convert: readonly string[];
  /** Retired values (`entity.field`) or all records (`entity`) may go for good. */
  readonly drop: readonly string[];
}

export const NO_ANSWERS: Answers = { fill: {}, replace: {}, truncate: [], convert: [], drop: [] };

/** Stands for every value that cannot be kept. */
export const EVERY_OTHER = '*';

const PLACE = /^[a-z][a-zA-Z0-9]*\.[a-z][a-zA-Z0-9]*$/;
const DROP_PLACE = /^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)?$/;

/** Answers of a file. BAD_REQUEST names the wrong member. */
export function parseAnswers(json: unknown): Answers {
  const answers = objectOf(json, '');
  const known = Object.keys(NO_ANSWERS);
  const strange = Object.keys(answers).find((key) => !known.includes(key));
  if (strange !== undefined) throw wrong(`/${strange}`, `is none of ${known.join(', ')}`);
  const list = (key: string, place: RegExp) => {
    const value = answers[key] ?? [];
    if (!Array.isArray(value)) throw wrong(`/${key}`, 'is no list');
    return value.map((item: unknown, index) => placeOf(item, place, `/${key}/${index}`));
  };
  const replace = Object.entries(objectOf(answers['replace'] ?? {}, '/replace')).map(([place, values]) => {
    const texts = textsOf(values, `/replace/${place}`);
    return [placeOf(place, PLACE, '/replace'), texts] as const;
  });
  const fill = textsOf(answers['fill'] ?? {}, '/fill');
  for (const place of Object.keys(fill)) placeOf(place, PLACE, '/fill');
  return {
    fill,
    replace: Object.fromEntries(replace),
    truncate: list('truncate', PLACE),
    convert: list('convert', PLACE),
    drop: list('drop', DROP_PLACE),
  };
}

/** `ENTITY.FIELD=VALUE` and `ENTITY.FIELD:OLD=NEW` as typed on the command line. BAD_REQUEST tells the form. */
export function readOptionAnswers(typed: {
  readonly fill: readonly string[];
  readonly replace: readonly string[];
  readonly truncate: readonly string[];
  readonly convert: readonly string[];
  readonly drop: readonly string[];
}): Answers {
  const fill = typed.fill.map((text) => {
    const [, place = '', value = ''] = /^([^=]*)=([\s\S]*)$/.exec(text) ?? [];
    if (!PLACE.test(place)) throw form('--fill', 'ENTITY.FIELD=VALUE', text);
    return [place, value] as const;
  });
  const replace: Record<string, Record<string, string>> = {};
  for (const text of typed.replace) {
    const [, place = '', old = '', fresh = ''] = /^([^:=]*):((?:[^=\\]|\\.)+)=([\s\S]*)$/.exec(text) ?? [];
    if (!PLACE.test(place)) throw form('--replace', 'ENTITY.FIELD:OLD=NEW', text);
    replace[place] = { ...replace[place], [old.replace(/\\(.)/g, '$1')]: fresh };
  }
  return parseAnswers({ ...typed, fill: Object.fromEntries(fill), replace });
}

/** Both; a place answered twice, in different words, is refused. */
export function mergeAnswers(first: Answers, second: Answers): Answers {
  const replace = { ...first.replace };
  for (const [place, values] of Object.entries(second.replace))
    replace[place] = mergeTexts(first.replace[place] ?? {}, values, `replace ${place}`);
  return {
    fill: mergeTexts(first.fill, second.fill, 'fill'),
    replace,
    truncate: [...new Set([...first.truncate, ...second.truncate])],
    convert: [...new Set([...first.convert, ...second.convert])],
    drop: [...new Set([...first.drop, ...second.drop])],
  };
}

function mergeTexts(
  first: Readonly<Record<string, string>>,
  second: Readonly<Record<string, string>>,
  what: string,
): Readonly<Record<string, string>> {
  const twice = Object.keys(second).find((key) => first[key] !== undefined && first[key] !== second[key]);
  if (twice !== undefined)
    throw new CasementError(
      'BAD_REQUEST',
      `${what} ${twice} is answered twice, by "${first[twice]}" and "${second[twice]}".`,
    );
  return { ...first, ...second };
}

function objectOf(value: unknown, place: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(place, 'is no object');
  return value as Readonly<Record<string, unknown>>;
}

function textsOf(value: unknown, place: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(value, place)).map(([key, text]) => {
    if (text === null) return [key, ''] as const;
    if (typeof text !== 'string' && typeof text !== 'number' && typeof text !== 'boolean')
      throw wrong(`${place}/${key}`, 'is no text');
    return [key, String(text)] as const;
  });
  return Object.fromEntries(entries);
}

function placeOf(value: unknown, pattern: RegExp, where: string): string {
  if (typeof value !== 'string' || !pattern.test(value))
    throw wrong(where, `"${String(value)}" is not of the form entity.field`);
  return value;
}

function wrong(place: string, what: string): CasementError {
  return new CasementError('BAD_REQUEST', `The answers are wrong: ${place || 'the whole'} ${what}.`);
}

function form(option: string, shape: string, given: string): CasementError {
  return new CasementError('BAD_REQUEST', `${option} is written ${option} ${shape}, not "${given}".`);
}
