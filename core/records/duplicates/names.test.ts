import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nameKeys } from './name-keys.ts';
import { countSlips, nameLikeness } from './name-likeness.ts';
import { nameWords } from './name-words.ts';

const likeness = (a: string, b: string) => nameLikeness(nameWords(a), nameWords(b));
const meet = (a: string, b: string) => {
  const keys = new Set(nameKeys(nameWords(a)));
  return nameKeys(nameWords(b)).some((key) => keys.has(key));
};
const written = (name: string) => nameWords(name).map((word) => word.written);

/** From here on two names are told as similar. */
const LIKE = 0.8;

describe('names', () => {
  test.each([
    ['Aknad OÜ', 'AKNAD'],
    ['Osaühing Aknad', 'aknad oü'],
    ['ООО «Ромашка»', 'Ромашка, ООО'],
    ['ЗАО Окна', 'Окна'],
    ['Общество с ограниченной ответственностью "Ромашка"', 'Romashka OOO'],
    ['SIA "Logi un durvis"', 'Logi un Durvis'],
    ['Finestre S.r.l.', 'Finestre SRL'],
    ['Vetri S.p.A.', 'Vetri'],
    ['Fenster GmbH & Co. KG', 'Fenster'],
    ['Okna Sp. z o.o.', 'OKNA'],
    ['Windows Ltd.', 'Windows Limited'],
    ['Glass, Inc.', 'Glass'],
    ['UAB Langai', 'Langai, UAB'],
  ])('%s and %s are one company', (a, b) => {
    expect(likeness(a, b)).toBe(1);
    expect(meet(a, b)).toBe(true);
  });

  test.each([
    ['Ivan Petrov', 'Petrov Ivan'],
    ['Ivan Petrov', 'Ivan Pertov'],
    ['Ivan Petrov', 'Ivan Petrof'],
    ['Ivan Petrov', 'Ivan Sergeevich Petrov'],
    ['Tõnu Mägi', 'Tonu Magi'],
    ['Юлия Щербакова', 'Julia Shcherbakova'],
    ['Юлия Щербакова', 'Yulia Scherbakova'],
    ['Михаил Чехов', 'Mihhail Tšehhov'],
    ['Михаил Шувалов', 'Mikhail Shuvalov'],
    ['Евгений Ефимов', 'Jevgeni Jefimov'],
    ['Людмила Жукова', 'Ljudmila Žukova'],
    ['Anna-Maria Saar', 'Anna Maria Saar'],
    ["Shaun O'Neil", 'Shaun ONeil'],
    ['Katherine Jones', 'Catherine Jones'],
    ['Baltic Trade', 'Baltic Trade Estonia'],
  ])('%s and %s are told as similar and found by a key', (a, b) => {
    expect(likeness(a, b)).toBeGreaterThanOrEqual(LIKE);
    expect(meet(a, b)).toBe(true);
  });

  test.each([
    ['Ivan Petrov', 'Ivan Sidorov'],
    ['Ivan Petrov', 'Petr Ivanov'],
    ['Ivan', 'Ivan Petrov'],
    ['Jaan Tamm', 'Jaan Saar'],
    ['Baltic Trade Estonia', 'Baltic Trade Latvia'],
    ['Kesk 12', 'Kesk 14'],
    ['Ann Lee', 'Ana Lee'],
    ['OÜ', 'AS'],
  ])('%s and %s are not', (a, b) => {
    expect(likeness(a, b)).toBeLessThan(LIKE);
  });

  test('a name that is nothing but a legal form keeps it; one within a name stays', () => {
    expect(written('OÜ')).toEqual(['ou']);
    expect(written('AS Limited')).toHaveLength(1);
    expect(written('Casa as Home')).toEqual(['casa', 'as', 'home']);
    expect(written('«»')).toEqual([]);
  });

  test('likeness is symmetric, between 0 and 1, and 1 for itself in any order of words; keys are few', () => {
    const word = fc.stringMatching(/^[a-zа-яõäöüšž0-9.'-]{1,12}$/u);
    const name = fc.array(word, { minLength: 0, maxLength: 10 }).map((words) => words.join(' '));
    fc.assert(
      fc.property(name, name, (a, b) => {
        const found = likeness(a, b);
        expect(found).toBeGreaterThanOrEqual(0);
        expect(found).toBeLessThanOrEqual(1);
        expect(nameKeys(nameWords(a)).length).toBeLessThanOrEqual(6);
        const turned = [...nameWords(a)].reverse();
        expect(nameLikeness(nameWords(a), turned)).toBe(turned.length > 0 ? 1 : 0);
      }),
    );
  });

  test('slips are counted as people make them: a swap is one', () => {
    expect([countSlips('petrov', 'pertov', 3), countSlips('petrov', 'petrv', 3), countSlips('abc', 'xyz', 1)]).toEqual([
      1, 1, 2,
    ]);
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (a, b) => {
        expect(countSlips(a, b, 20)).toBe(countSlips(b, a, 20));
        expect(countSlips(a, b, 20) === 0).toBe(a === b);
      }),
    );
  });
});
