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

/** A fragment whose text has been put together already, for one dialect. */
class Statement extends Fragment {
  readonly text: string;
  readonly dialect: Dialect;
  constructor(flat: Fragment, text: string, dialect: Dialect) {
    super(flat.chunks, flat.values);
    this.text = text;
    this.dialect = dialect;
  }
}

/** A statement put together once, to be run again and again. */
export interface PreparedSql {
  /** As they stood in the fragment. */
  readonly values: readonly unknown[];
  /** The statement with these in their place. */
  run(values: readonly unknown[]): SqlFragment;
}

export function prepare(fragment: SqlFragment, dialect: Dialect): PreparedSql {
  const { chunks, values } = flatten(fragment, dialect);
  const text = textOf(chunks, dialect);
  return { values, run: (given) => new Statement(new Fragment(chunks, given), text, dialect) };
}

/** The text for the driver: `?` on SQLite, `$1` … on PostgreSQL. */
export function render(fragment: SqlFragment, dialect: Dialect): RenderedSql {
  if (fragment instanceof Statement && fragment.dialect === dialect) return fragment;
  const { chunks, values } = flatten(fragment, dialect);
  return { text: textOf(chunks, dialect), values };
}

function textOf(chunks: readonly string[], dialect: Dialect): string {
  if (dialect === 'sqlite') return chunks.join('?');
  return chunks.map((chunk, index) => (index === 0 ? chunk : `$${index}${chunk}`)).join('');
}

/** Fragments within one another as one, in the spelling of the dialect. */
function flatten(fragment: SqlFragment, dialect: Dialect): Fragment {
  const values: unknown[] = [];
  const chunks: string[] = [];
  let texts: string[] = [];
  const write = ({ chunks: own, values: parts }: SqlFragment) => {
    texts.push(own[0] ?? '');
    for (let i = 0; i < parts.length; i += 1) {
      const part = parts[i];
      if (part instanceof Fragment) write(part);
      else if (part instanceof Spellings) write(part[dialect]());
      else {
        values.push(part);
        chunks.push(texts.join(''));
        texts = [];
      }
      texts.push(own[i + 1] ?? '');
    }
  };
  write(fragment);
  chunks.push(texts.join(''));
  return new Fragment(chunks, values);
}

/** A fragment without values, put together once per dialect however often it is used. */
export function fixed(make: () => SqlFragment): SqlFragment {
  const made: Partial<Record<Dialect, SqlFragment>> = {};
  const spelling = (dialect: Dialect) => () => (made[dialect] ??= raw(render(make(), dialect).text));
  return byDialect({ sqlite: spelling('sqlite'), postgres: spelling('postgres') });
}
