/** What a value looks like on its way in, and how it reads back through every door on either database. */
export interface ValidPair {
  readonly given: unknown;
  readonly read: unknown;
}

export interface Refusal {
  readonly given: unknown;
  /** Code of the error on the field. */
  readonly code: string;
}

/**
 * Everything a test of doors needs to know of one field type. A text such as `@target:a` or `@file:photo.png` stands for the id of a record
 * or an upload that the test makes first; see `FieldLab.resolve`.
 */
export interface FieldFixture {
  /** Name of the field type. */
  readonly type: string;
  /** Key of the field in the test's entity. */
  readonly key: string;
  /** The property as a definition says it. */
  readonly property: Readonly<Record<string, unknown>>;
  /** Canonical values, all different, in the order in which sorting and `gt` see them. */
  readonly values: readonly unknown[];
  /** Other spellings and edges; each reads back as told, and reads back the same when sent again. */
  readonly valid: readonly ValidPair[];
  readonly invalid: readonly Refusal[];
  /** Operands of `eq` in another spelling → index of the value they find. */
  readonly spellings?: readonly (readonly [operand: unknown, index: number])[];
  /** Operands of `contains` and `startsWith` → indexes of the values they find. */
  readonly parts?: {
    readonly contains?: readonly (readonly [operand: string, indexes: readonly number[]])[];
    readonly startsWith?: readonly (readonly [operand: string, indexes: readonly number[]])[];
  };
  /** What a list of references is asked → indexes it finds; the record without any stands after the values. */
  readonly quantified?: Readonly<
    Record<'some' | 'none' | 'every', readonly (readonly [of: unknown, indexes: readonly number[]])[]>
  >;
  /** What somebody types into the search → indexes of the values it finds. */
  readonly search?: readonly (readonly [words: string, indexes: readonly number[]])[];
  /** `sum` and `avg` of `values`. */
  readonly figures?: { readonly sum: unknown; readonly avg: unknown };
  /** False where a public form does not take the type. */
  readonly form?: boolean;
  /** The system makes the value: callers may only read it. */
  readonly made?: boolean;
}

/** Values no field of a text takes: of another JSON type, or with what no database keeps. */
export const NO_TEXTS: readonly Refusal[] = [
  ...[5, true, { a: 1 }, ['a']].map((given) => ({ given, code: 'type' })),
  ...['a\u0000b', 'a\ud800b', 'a\udc00'].map((given) => ({ given, code: 'text' })),
];

export function same(...values: readonly unknown[]): readonly ValidPair[] {
  return values.map((value) => ({ given: value, read: value }));
}
