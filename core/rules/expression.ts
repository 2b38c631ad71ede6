/** A compiled CEL expression: closed, typed at boot, limited in size. No eval. */
export interface Expression {
  readonly source: string;
  /** Top-level names it reads: field keys of the record, or `record`, `input`, `now`. */
  readonly reads: readonly string[];
  /** Throws FieldError with code `expression` when a value is missing or of the wrong type. */
  evaluate(scope: Readonly<Record<string, unknown>>): unknown;
}
