import type { SqlFragment } from '../context.ts';

export type Dialect = 'sqlite' | 'postgres';

/** A fragment made in this file. The class is private, so no JSON from outside can pass for SQL. */
class Fragment implements SqlFragment {
  readonly chunks: readonly string[];
  readonly values: readonly unknown[];
  constructor(chunks: readonly string[], values: readonly unknown[]) {
    this.chunks = chunks;
    this.values = values;
  }
}

/** Two spellings of one thing; `render` takes the one of its dialect. Stands among the values until then. */
class Spellings {
  readonly sqlite: SqlFragment;
  readonly postgres: SqlFragment;
  constructor(sqlite: SqlFragment, postgres: SqlFragment) {
    this.sqlite = sqlite;
    this.postgres = postgres;
  }
}

function tag(strings: TemplateStringsArray, ...parts: readonly unknown[]): SqlFragment {
  const chunks: string[] = [strings[0] ?? ''];
  const values: unknown[] = [];
  parts.forEach((part, index) => {
    const after = strings[index + 1] ?? '';
    if (part instanceof Fragment) append(chunks, values, part);
    else {
      values.push(part);
      chunks.push('');
    }
    chunks[chunks.length - 1] += after;
  });
  return new Fragment(chunks, values);
}

function append(chunks: string[], values: unknown[], part: SqlFragment): void {
  chunks[chunks.length - 1] += part.chunks[0] ?? '';
  chunks.push(...part.chunks.slice(1));
  values.push(...part.values);
}

/** A name, always quoted. */
export function id(name: string): SqlFragment {
  return new Fragment([`"${name.replaceAll('"', '""')}"`], []);
}

/** SQL text as it stands. Only for text written in this program or already checked as a key of the model; never for user text. */
export function raw(text: string): SqlFragment {
  return new Fragment([text], []);
}

/** Fragments or values side by side. */
export function join(parts: readonly unknown[], separator = ', '): SqlFragment {
  const chunks = [''];
  const values: unknown[] = [];
  parts.forEach((part, index) => {
    if (index > 0) chunks[chunks.length - 1] += separator;
    append(chunks, values, part instanceof Fragment ? part : new Fragment(['', ''], [part]));
  });
  return new Fragment(chunks, values);
}

/** One thing spelt differently by the two databases. */
export function byDialect(spellings: { sqlite: SqlFragment; postgres: SqlFragment }): SqlFragment {
  return new Fragment(['', ''], [new Spellings(spellings.sqlite, spellings.postgres)]);
}

/**
 * The template for SQL: `` sql`select * from ${id('deal')} where "id" = ${value}` ``. A fragment inside is woven in; anything else
 * becomes a bound value, whatever it holds.
 */
export const sql = Object.assign(tag, { id, raw, join, byDialect });

export interface RenderedSql {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The text for the driver: `?` on SQLite, `$1` … on PostgreSQL. */
export function render(fragment: SqlFragment, dialect: Dialect): RenderedSql {
  const values: unknown[] = [];
  const text = write(fragment, dialect, values);
  return { text, values };
}

function write(fragment: SqlFragment, dialect: Dialect, values: unknown[]): string {
  let text = fragment.chunks[0] ?? '';
  fragment.values.forEach((value, index) => {
    if (value instanceof Spellings) text += write(value[dialect], dialect, values);
    else {
      values.push(value);
      text += dialect === 'sqlite' ? '?' : `$${values.length}`;
    }
    text += fragment.chunks[index + 1] ?? '';
  });
  return text;
}
