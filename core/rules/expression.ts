/** A compiled CEL expression: closed, typed at boot, limited in size. No eval. */
export interface Expression {
  readonly source: string;
  /** What it reads, as dotted paths: `quantity`, `product.price` of a record; `record.customer.email`, `now` of a scope. */
  readonly reads: readonly string[];
  /**
   * The value for a scope (computed: the record with the references it reads expanded). Numbers come back as exact decimal
   * texts (`"24.90"`), untouched JSON numbers and sizes as numbers, instants as `…Z`. Empty operands make it null.
   * Throws FieldError with code `expression` when a value is of the wrong type or a reference is not expanded.
   */
  evaluate(scope: Readonly<Record<string, unknown>>): unknown;
}
