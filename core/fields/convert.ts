import { FieldError } from './field-type.ts';
import type { FieldSpec, ParseEnv, Value } from './field-type.ts';
import { fold } from './fold.ts';

/** What carrying a value into another field may depend on. */
export interface ConvertEnv extends ParseEnv {
  /** Midnight of a date in the organisation's zone, as an instant `…Z`. */
  instantOf(date: string): string;
  /** The day an instant lies in, in that zone, `YYYY-MM-DD`. */
  dayOf(instant: string): string;
}

export interface Converted {
  readonly value: Value;
  /** Something of the old value is gone: digits, the time of a day. */
  readonly isLossy: boolean;
}

/** What the old field was, as far as its values need it to be understood. */
export interface ConvertSource {
  /** Entities its ids belong to, by today's names; absent where it was no reference. */
  readonly to?: readonly string[];
  /** Its values name uploaded files. */
  readonly isFile: boolean;
}

/**
 * A canonical value of one field as the value of another that means the same: `"5"` → 5, `"2.00"` → 2, a date → its midnight, `Site` → the
 * option `site`, one reference → a list of one. Each reading is tried through the new field's own parser, exact ones first. Throws the
 * FieldError of the value as it stands when none has a meaning.
 */
export function convertValue(value: Value, of: { from: ConvertSource; field: FieldSpec; env: ConvertEnv }): Converted {
  const { from, field, env } = of;
  if (field.reference) return { value: convertReference(value, from, field), isLossy: false };
  // A file belongs to the field that claimed it; what only looks like its id must not open it.
  if (field.type.file && !from.isFile) throw new FieldError('file', 'Is no uploaded file.');
  let refusal: FieldError | undefined;
  for (const { read, isLossy } of READINGS) {
    const reading = read(value, field, env);
    if (reading === undefined) continue;
    try {
      const parsed = field.type.parse(reading, field, env);
      if (parsed !== null) return { value: parsed, isLossy };
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      // That a text is no number says less than that a number is too large.
      if (!refusal || (refusal.code === 'type' && error.code !== 'type')) refusal = error;
    }
  }
  throw refusal ?? new FieldError('type', 'Has no meaning in the new field.');
}

/** Ids are kept with the entity they belong to; one that the new field may not point to, or a second one, has no place in it. */
function convertReference(value: Value, { to: old }: ConvertSource, { reference }: FieldSpec): Value {
  const to = reference?.to ?? [];
  if (!old) throw new FieldError('reference', 'Is no reference, so it cannot become one.');
  const targets = (Array.isArray(value) ? value : [value]).map((item: Value) => targetOf(item, old));
  const strange = targets.find((target) => !to.includes(target.entity));
  if (strange) throw new FieldError('reference', `Points to a ${strange.entity}, which this field cannot.`);
  if (reference?.many) return targets.map(({ id }) => id);
  const [first, second] = targets;
  if (!first) return null;
  if (second) throw new FieldError('reference', 'Points to several records, and this field holds one.');
  return to.length > 1 ? { entity: first.entity, id: first.id } : first.id;
}

function targetOf(value: Value, to: readonly string[]): { readonly entity: string; readonly id: string } {
  if (value !== null && typeof value === 'object' && 'id' in value)
    return { entity: String(value['entity']), id: String(value['id']) };
  return { entity: to[0] ?? '', id: String(value) };
}

interface Reading {
  readonly isLossy: boolean;
  /** Undefined: the value cannot be read in this way. */
  read(value: Value, field: FieldSpec, env: ConvertEnv): unknown;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT.*Z$/;
const NUMBER = /^[+-]?\d+([.,]\d+)?$/;

const READINGS: readonly Reading[] = [
  exact((value) => value),
  exact((value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined)),
  exact((value) => (typeof value === 'boolean' ? Number(value) : undefined)),
  exact((value) => (value === 1 || value === '1' ? true : value === 0 || value === '0' ? false : undefined)),
  exact((value) =>
    typeof value === 'string' && NUMBER.test(value.trim()) ? value.trim().replace(',', '.') : undefined,
  ),
  exact((value, field) => optionFor(value, field)),
  exact((value, _field, env) => (typeof value === 'string' && DATE.test(value) ? env.instantOf(value) : undefined)),
  exact((value) => (Array.isArray(value) && value.length === 1 ? value[0] : undefined)),
  exact((value) => (typeof value === 'string' ? [value] : undefined)),
  exact((value) => (isTexts(value) ? value.join(', ') : undefined)),
  exact((value) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : undefined)),
  {
    isLossy: true,
    read: (value, _field, env) => (typeof value === 'string' && INSTANT.test(value) ? env.dayOf(value) : undefined),
  },
  { isLossy: true, read: (value, field, env) => rounded(value, field, env) },
];

function exact(read: Reading['read']): Reading {
  return { isLossy: false, read };
}

function isTexts(value: Value): value is readonly string[] {
  return Array.isArray(value) && value.every((item: Value) => typeof item === 'string');
}

/** The option a person would mean by this text: its key or its letters in another case. */
function optionFor(value: Value, { options }: FieldSpec): string | undefined {
  if (typeof value !== 'string') return undefined;
  const wanted = fold(value).replaceAll(' ', '-');
  return options?.find((option) => fold(option) === wanted);
}

function rounded(value: Value, field: FieldSpec, env: ConvertEnv): unknown {
  if (typeof value !== 'number' && !(typeof value === 'string' && NUMBER.test(value))) return undefined;
  return field.type.round?.(value, field, env);
}
