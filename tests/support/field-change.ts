import { expect } from 'vitest';
import type { Answers } from '../../core/storage/plan/answers.ts';
import type { Files } from './definitions.ts';
import { entityFile } from './upgrade-lab.ts';
import type { UpgradeLab } from './upgrade-lab.ts';

/** One kind of change of a definition, with old records under it. */
export interface ChangeKind {
  readonly name: string;
  readonly before: Files;
  readonly after: Files;
  /** Whose records are looked at. */
  readonly entity?: string;
  /** Makes the old records; answers ids by name. */
  make(lab: UpgradeLab): Promise<Readonly<Record<string, string>>>;
  /** Without them the change is refused; absent = the change is safe. */
  readonly answers?: Partial<Answers>;
  /** Refused whatever is answered, in these words. */
  readonly refused?: RegExp;
  check?(lab: UpgradeLab, ids: Readonly<Record<string, string>>): Promise<void>;
}

type Json = Readonly<Record<string, unknown>>;

/** A field `f` of the entity `thing` that becomes another; `gives` are its values in the end. */
interface FieldChange {
  readonly from?: Json;
  readonly to?: Json;
  readonly values: readonly unknown[];
  readonly gives?: readonly unknown[];
  readonly answers?: Partial<Answers>;
  readonly refused?: RegExp;
  readonly required?: boolean;
  /** In the definitions after the change, beside or in place of the field. */
  readonly more?: Json;
  readonly wasRequired?: boolean;
  readonly as?: string;
}

export function fieldChange(name: string, of: FieldChange): ChangeKind {
  const { from, to, values, gives, answers, refused, as = 'f' } = of;
  const before = entityFile('thing', from ? { f: from } : {}, of.wasRequired ? { required: ['f'] } : {});
  const after = entityFile('thing', { ...(to ? { [as]: to } : {}), ...of.more }, of.required ? { required: [as] } : {});
  return {
    name,
    before,
    after,
    async make(lab) {
      for (const [index, f] of values.entries())
        await lab.add('thing', { name: `n${index}`, ...(f === undefined ? {} : { f }) });
      return {};
    },
    ...(answers ? { answers } : {}),
    ...(refused ? { refused } : {}),
    async check(lab) {
      expect(await lab.values('thing', 'name')).toEqual(values.map((_, index) => `n${index}`));
      if (gives) expect(await lab.values('thing', as)).toEqual(gives);
    },
  };
}

export const text = (maxLength: number): Json => ({ type: 'string', maxLength });
export const typed = (type: string, more: Json = {}): Json => ({ 'x-field': { type, ...more } });
export const convert = (more: Partial<Answers> = {}): Partial<Answers> => ({ convert: ['thing.f'], ...more });
