import type { Access } from '../../access/access.ts';
import { isAlways } from '../../access/combine.ts';
import type { DuplicateRule, Entity, Field } from '../../definitions/model.ts';
import { CasementError } from '../../errors.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import { fold } from '../../fields/fold.ts';
import type { MatchKey } from '../../storage/match.ts';
import { nameKeys } from './name-keys.ts';
import { nameWords } from './name-words.ts';
import type { NameWord } from './name-words.ts';

/** Changes when the same values give other keys: the index of duplicates is then made anew. */
export const KEYS_VERSION = 1;

/** What of a record is compared with others. */
export interface Card {
  /** By field: the value in the one form all its spellings share. */
  readonly same: ReadonlyMap<string, string>;
  readonly names: ReadonlyMap<string, readonly NameWord[]>;
}

const LONGEST_KEY = 120;

/** The fields of the rule that the caller may read on every row: a hidden value neither matches nor explains. NOT_FOUND without a rule. */
export function ruleFor(access: Access, entity: Entity): DuplicateRule {
  const rule = entity.duplicates;
  if (!rule) {
    throw new CasementError(
      'NOT_FOUND',
      `Nothing tells duplicates of ${entity.plural}. Add "duplicates" to "x-entity" of ${entity.name}: {"same": ["phone"], "similar": ["name"]}.`,
    );
  }
  const seen = (keys: readonly string[]) => keys.filter((key) => isAlways(access.readable(entity.name, key)));
  return { same: seen(rule.same), similar: seen(rule.similar) };
}

export function cardOf(entity: Entity, rule: DuplicateRule, record: RecordData): Card {
  const same = new Map<string, string>();
  const names = new Map<string, readonly NameWord[]>();
  for (const key of rule.same) {
    const text = sameText(entity.fields.get(key), record[key] ?? null);
    if (text !== '') same.set(key, text);
  }
  for (const key of rule.similar) {
    const value = record[key] ?? null;
    const words = typeof value === 'string' ? nameWords(value) : [];
    if (words.length > 0) names.set(key, words);
  }
  return { same, names };
}

/** What the field type compares by; a plain text by its letters and digits alone: `EE 123-456` is `ee123456`. */
function sameText(field: Field | undefined, value: Value): string {
  if (!field || value === null) return '';
  const { type } = field;
  const cell = type.comparable(value, field, type.match?.eq ?? '');
  if (typeof cell !== 'string') return '';
  return (type.match?.eq === undefined ? fold(cell).replace(/[^\p{L}\p{N}]/gu, '') : cell).slice(0, LONGEST_KEY);
}

export function keysOf(card: Card): readonly MatchKey[] {
  const same = [...card.same].map(([field, key]) => ({ field, key }));
  const similar = [...card.names].flatMap(([field, words]) => nameKeys(words).map((key) => ({ field, key })));
  return [...same, ...similar];
}
