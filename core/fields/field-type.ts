/** The contract of a field type. One file per type in this folder; nothing else in core asks what type a field is. */

/** A value as the API shows it and the ledger keeps it. Money and decimals are strings, instants `…Z`, dates `YYYY-MM-DD`. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

/** A record in API form: every field by its key. */
export type RecordData = Readonly<Record<string, Value>>;

/** What a column holds, the same on both databases; `storage` turns it into DDL and into JSON. */
export type ColumnKind = 'text' | 'uuid' | 'integer' | 'scaled' | 'double' | 'boolean' | 'date' | 'instant' | 'json';

/** A value bound to or read from a column: scaled integers travel as `bigint`, instants and dates as text. */
export type Cell = string | number | bigint | boolean | null;

export interface Column {
  /** Joined to the field's key: '' for the value itself, `_f` for the folded companion of a text. Keys never hold `_`. */
  readonly suffix: string;
  readonly kind: ColumnKind;
  readonly maxLength?: number;
  /** The only texts allowed; becomes a CHECK. */
  readonly options?: readonly string[];
  /** Digits after the point of a `scaled` column. */
  readonly scale?: number;
}

export type Operator =
  | 'eq'
  | 'ne'
  | 'gt'
  | 'gte'
  | 'lt'
  | 'lte'
  | 'in'
  | 'nin'
  | 'contains'
  | 'startsWith'
  | 'empty'
  | 'some'
  | 'none'
  | 'every';

/** Where a reference points and how it behaves. */
export interface Reference {
  readonly to: readonly string[];
  readonly many: boolean;
  /** Key of the child list on the target entity. */
  readonly inverse?: string;
  readonly onDelete: 'cascade' | 'restrict' | 'clear';
  /** The record's changes also stand on the target's timeline. */
  readonly timeline: boolean;
}

/** A field as far as its type needs to know it. The model's `Field` extends this. */
export interface FieldSpec {
  readonly key: string;
  readonly type: FieldType;
  readonly required: boolean;
  readonly options?: readonly string[];
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly scale?: number;
  /** ISO 4217 code of a money field; the organisation's when absent. */
  readonly currency?: string;
  readonly reference?: Reference;
  /** Numbering such as `INV-{YYYY}-{0000}`. */
  readonly sequence?: string;
}

/** What parsing may depend on besides the field. */
export interface ParseEnv {
  /** ISO 3166 country for phones: the record's, else the organisation's. */
  readonly country?: string;
  /** The organisation's currency. */
  readonly currency: string;
}

/** How the cells of one column of a table are written. */
export interface TextFormat {
  /** `d`, `M`, `y`, `H`, `m`, `s` as they stand in the column: `dd.MM.yyyy HH:mm`; ISO 8601 when absent. */
  readonly date?: string;
  /** The sign before the fraction; the other one, spaces and apostrophes part thousands. Default `.`, then nothing parts. */
  readonly decimal?: '.' | ',';
  /** IANA zone of times without an offset. */
  readonly zone: string;
}

/** Thrown by `parse`; the write collects them by field. `message` is a full English sentence without the field's name. */
export class FieldError extends Error {
  readonly code: string;
  readonly params: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, params: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'FieldError';
    this.code = code;
    this.params = params;
  }
}

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface FieldType {
  readonly name: string;
  /** The value names an uploaded file: the write describes and claims it. */
  readonly file?: boolean;
  /** True when a property's plain JSON Schema (`type`, `format`, `enum`) decides for this type without `x-field.type`. */
  infer?(schema: JsonSchema): boolean;
  /** The columns of one field; the first is the value. Link tables and polymorphic references are made by storage from `reference`. */
  columns(field: FieldSpec): readonly Column[];
  /** Any input to the canonical value; null and empty text are handled before. Idempotent. Throws FieldError. */
  parse(value: unknown, field: FieldSpec, env: ParseEnv): Value;
  /** A computed result brought to the field's precision, half away from zero, before it is parsed. */
  round?(value: unknown, field: FieldSpec, env: ParseEnv): unknown;
  /**
   * Further keys the input gives beside the value, such as `phone:typed`, the spelling as typed.
   * They live in the record, the ledger and a column of their own (`suffix` of `columns` = text after the key, `:typed` ↔ `_t`).
   */
  companions?(value: unknown, field: FieldSpec, env: ParseEnv): RecordData;
  /** Cells by column suffix, from the canonical value (and companions). */
  cells(value: Value, field: FieldSpec, record: RecordData): Readonly<Record<string, Cell>>;
  readonly operators: readonly Operator[];
  /** The operand of a filter in the form of the column it is compared with. Throws FieldError. */
  operand(value: unknown, field: FieldSpec, env: ParseEnv): Cell;
  /**
   * The operand of `contains` and `startsWith` in the form of the column `match.text` names; absent = `fold(String(value))`.
   * A part of a value is often no value itself (`+372 51`), so it never goes through `parse`.
   */
  textOperand?(value: unknown, field: FieldSpec, env: ParseEnv): string;
  /** Suffix of the column that `eq`/`in` compare, that `contains`/`startsWith` look into, that sorting uses; '' where absent. */
  readonly match?: { readonly eq?: string; readonly text?: string; readonly sort?: string };
  /**
   * The canonical value of a cell of the `sort` column. Only of a type that is measured there, not by its own column: `min`, `max`, `sum`
   * and `avg` of a length of time are those of its milliseconds.
   */
  fromSort?(cell: number): Value;
  /** In-memory twin of the column comparison: the cell that filters and sorting see. `of` is one of the suffixes above. */
  comparable(value: Value, field: FieldSpec, of: string): Cell;
  /** Texts that the search index keeps for this value; absent = not searchable. */
  searchText?(value: Value, field: FieldSpec): readonly string[];
  /**
   * What stands in a cell of a table (CSV, XLSX), as `parse` takes it; absent = the text itself. Lenient: what it cannot read it hands
   * on, so that `parse` refuses it in its own words.
   */
  fromText?(text: string, field: FieldSpec, format: TextFormat): unknown;
  /** The value as such a cell, from which `fromText` reads the same value again; absent = `String(value)`. */
  toText?(value: Value, field: FieldSpec): string;
  /** The text form of `toText` is a plain decimal number, so that a spreadsheet may calculate with it. */
  readonly numeric?: boolean;
  /** A day or an instant: the cells of a table may hold it in the form of a country. */
  readonly dated?: boolean;
  /** Records with the same value are taken for the same client when a table is imported: phone, e-mail. */
  readonly identifies?: boolean;
  /** JSON Schema of the canonical value, for answers and the OpenAPI. */
  schema(field: FieldSpec): JsonSchema;
  /** JSON Schema of what an input may be, where that is more than the canonical value. */
  inputSchema?(field: FieldSpec): JsonSchema;
}
