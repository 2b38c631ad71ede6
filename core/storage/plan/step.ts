import type { FieldNote } from './noted-fields.ts';

/** `safe`: nothing is lost and no row stands in the way. `needs data`: rows must be filled or changed first. `lossy`: values would go. */
export type Safety = 'safe' | 'needs data' | 'lossy';

/** One step between the database and the definitions, as people read it and as it is taken. */
export interface SchemaStep {
  readonly kind:
    | 'rename'
    | 'createTable'
    | 'addColumn'
    | 'setAside'
    | 'changeValues'
    | 'dropColumn'
    | 'dropTable'
    | 'setNotNull'
    | 'dropNotNull'
    | 'addCheck'
    | 'dropConstraint'
    | 'addForeignKey'
    | 'createIndex'
    | 'dropIndex'
    | 'createSearch';
  readonly table: string;
  /** In order; empty for a step that is taken by the records themselves. */
  readonly sql: readonly string[];
  readonly safety: Safety;
  /** What it does and, where it is not safe, what to do about it. */
  readonly text: string;
  /** Rows to be rewritten. */
  readonly rows?: number;
  /** Rows whose values stand in the way, and values that would go. */
  readonly trouble?: Trouble;
  /** What to type, one line of options each; empty where only the records themselves can be changed. */
  readonly options?: readonly string[];
  /** The operator has said what to do. */
  readonly answered?: boolean;
  /** Names that changed, to be kept for the history. */
  readonly renames?: readonly Rename[];
  readonly work?: FieldWork;
  /** Computed fields and rollups of the entity to be worked out anew. */
  readonly derive?: readonly string[];
}

export interface Trouble {
  readonly count: number;
  /** At most five. */
  readonly examples: readonly { readonly id: string; readonly value: string }[];
  /** Values that cannot be kept, by how many rows have them; at most twenty. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
}

/** What happens to one field's values in every row. */
export interface FieldWork {
  readonly key: string;
  /** The values stand under `key` moved aside, and mean this. */
  readonly old?: FieldNote;
  /** As typed. */
  readonly fill?: string;
  readonly replace?: Readonly<Record<string, string>>;
  readonly truncate?: true;
  /** Nothing changes but the search index. */
  readonly reindex?: true;
}

/** A name that became another; what was written before under the old one means the new. */
export type Rename =
  | { readonly kind: 'entity'; readonly from: string; readonly to: string }
  | { readonly kind: 'field'; readonly entity: string; readonly from: string; readonly to: string }
  | {
      readonly kind: 'option';
      readonly entity: string;
      readonly field: string;
      readonly from: string;
      readonly to: string;
    };

/** Keys never hold `_`, so no field can have the name of values moved aside. */
export function asideKey(key: string): string {
  return `${key}__old`;
}

/** `1 row`, `2 rows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
