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

/** Two spellings of one thing; `render` makes the one of its dialect. Stands among the values until then. */
class Spellings {
  readonly sqlite: () => SqlFragment;
  readonly postgres: () => SqlFragment;
  constructor(sqlite: () => SqlFragment, postgres: () => SqlFragment) {
    this.sqlite = sqlite;
    this.postgres = postgres;
  }
}

/** Fragments inside stay among the values and are woven in by `render`, once, however deep they stand. */
function tag(strings: TemplateStringsArray, ...parts: readonly unknown[]): SqlFragment {
  return new Fragment(strings, parts);
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
  if (parts.length === 0) return new Fragment([''], []);
  return new Fragment(['', ...Array.from({ length: parts.length - 1 }, () => separator), ''], parts);
}

/** One thing spelt differently by the two databases. */
export function byDialect(spellings: {
  readonly sqlite: () => SqlFragment;
  readonly postgres: () => SqlFragment;
}): SqlFragment {
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
  const texts: string[] = [];
  const values: unknown[] = [];
  write(fragment, dialect, { texts, values });
  return { text: texts.join(''), values };
}

function write(
  fragment: SqlFragment,
  dialect: Dialect,
  to: { readonly texts: string[]; readonly values: unknown[] },
): void {
  const { chunks, values } = fragment;
  to.texts.push(chunks[0] ?? '');
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i];
    if (value instanceof Fragment) write(value, dialect, to);
    else if (value instanceof Spellings) write(value[dialect](), dialect, to);
    else {
      to.values.push(value);
      to.texts.push(dialect === 'sqlite' ? '?' : `$${to.values.length}`);
    }
    to.texts.push(chunks[i + 1] ?? '');
  }
}

/** A fragment without values, put together once per dialect however often it is used. */
export function fixed(make: () => SqlFragment): SqlFragment {
  const made: Partial<Record<Dialect, SqlFragment>> = {};
  const spelling = (dialect: Dialect) => () => (made[dialect] ??= raw(render(make(), dialect).text));
  return byDialect({ sqlite: spelling('sqlite'), postgres: spelling('postgres') });
}
