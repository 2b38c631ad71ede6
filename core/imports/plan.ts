import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBaseDir } from '../definitions/base-dir.ts';
import { checkSchema } from '../definitions/check-schema.ts';
import { validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** What becomes of a row whose record is there already. */
export type Duplicates = 'skip' | 'update' | 'new';

/** Where the value of a field comes from; `schemas/meta/import.schema.json` says what each member means. */
export interface ColumnPlan {
  readonly column?: string;
  readonly columns?: readonly string[];
  readonly join?: string;
  readonly template?: string;
  readonly value?: unknown;
  readonly format?: string;
  readonly decimal?: '.' | ',';
  readonly values?: Readonly<Record<string, string | number | boolean | null>>;
  readonly to?: string;
  readonly by?: string;
  readonly list?: string;
  readonly create?: boolean;
}

export interface KeyPlan {
  readonly column?: string;
  readonly columns?: readonly string[];
  readonly list?: string;
}

/** One file read as one entity. */
export interface TablePlan {
  readonly file: string;
  readonly entity: string;
  readonly mapping?: string;
  readonly map?: Readonly<Record<string, string | ColumnPlan>>;
  readonly key?: KeyPlan;
  readonly match?: readonly string[];
  readonly duplicates?: Duplicates;
  readonly empty?: 'keep' | 'clear';
  readonly null?: readonly string[];
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly sheet?: string;
  readonly raw?: boolean;
  readonly surplus?: 'join';
}

/** One run: several tables that may refer to one another. */
export interface ImportPlan {
  readonly name?: string;
  readonly source?: string;
  readonly duplicates?: Duplicates;
  readonly automations?: boolean;
  readonly null?: readonly string[];
  readonly zone?: string;
  readonly tables: readonly TablePlan[];
}

export const DEFAULT_NULLS: readonly string[] = ['NULL', '\\N'];

/** Reads a plan from outside. VALIDATION names every wrong place. */
export type PlanReader = (value: unknown) => ImportPlan;

export function createPlanReader(): PlanReader {
  const path = join(findBaseDir(), 'schemas', 'meta', 'import.schema.json');
  const root: JsonSchema = JSON.parse(readFileSync(path, 'utf8'));
  const patterns = new Map<string, RegExp>();
  return (value) => {
    const errors: ErrorDetail[] = [];
    const add = (pointer: string, message: string) => void errors.push({ path: pointer, code: 'plan', message });
    checkSchema(root, value, { root, patterns, add });
    if (errors.length > 0) throw validationError(errors);
    // The meta-schema has just said that it is of this shape.
    return value as ImportPlan;
  };
}
