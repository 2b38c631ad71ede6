import { accessOf } from '../access/access.ts';
import type { Access } from '../access/access.ts';
import type { Context, SqlFragment } from '../context.ts';
import type { Database } from '../storage/database.ts';
import { prepareCount, preparePage } from '../storage/page.ts';
import type { PreparedPage } from '../storage/page.ts';
import type { GivenValues, KeyValue } from '../storage/slot.ts';
import { readCursor } from './cursor.ts';
import { conditionEnv } from './environment.ts';
import type { Organisation } from './environment.ts';
import { filterShape } from './filter-shape.ts';
import type { FilterShape } from './filter-shape.ts';
import { recordId, resolveQuery, sortTextOf } from './resolve-query.ts';
import type { ReadScope } from './resolve-query.ts';
import type { ReadQuery } from './types.ts';

/** A read, ready to be run. */
export interface ReadyRead {
  readonly page: SqlFragment;
  readonly count?: SqlFragment;
  readonly pageOf: PreparedPage['pageOf'];
  /** The sort as text, part of every cursor. */
  readonly sortText: string;
}

/** What follows from the shape of a query, the rights of a set of roles and the organisation, but from no value. */
interface CompiledRead {
  readonly page: PreparedPage;
  readonly count?: Pick<PreparedPage, 'statement'>;
  readonly sortText: string;
  readonly organisation: Organisation;
}

/** Shapes kept for one set of roles; those asked for longest ago go first. */
const MOST_SHAPES = 200;
const LONGEST_SHAPE = 2000;

/**
 * By rights: these are one object for each set of roles under a model, and neither ever changes. What was compiled under another model or for
 * other roles can therefore not be found, and goes with them.
 */
const compiled = new WeakMap<Access, Map<string, CompiledRead>>();

/**
 * The statements of a read. One of a shape known for these rights is only filled with the values of this call; everything else is resolved
 * from the start, and its refusals are told from there.
 */
export function readyRead(scope: CompileScope, ctx: Context, query: ReadQuery): ReadyRead {
  const shape = shapeOf(scope, ctx, query);
  if (!shape) return fill(compile(scope, ctx, { query, kept: false }));
  const access = accessOf(scope.model, ctx.principal);
  const shapes = compiled.get(access) ?? new Map<string, CompiledRead>();
  compiled.set(access, shapes);
  const known = shapes.get(shape.text);
  if (known?.organisation === scope.organisation) {
    const ready = tryToFill(known, scope, { ctx, query });
    if (ready) {
      touch(shapes, shape.text, known);
      return ready;
    }
  }
  const fresh = compile(scope, ctx, { query, kept: true });
  if (isCovered(shape, fresh.page)) touch(shapes, shape.text, fresh);
  return fill(fresh);
}

type CompileScope = ReadScope & { readonly dialect: Database['dialect'] };

function compile(
  scope: CompileScope,
  ctx: Context,
  { query, kept }: { readonly query: ReadQuery; readonly kept: boolean },
): CompiledRead {
  const { selection, sortText } = resolveQuery(scope, ctx, query);
  return {
    page: preparePage(selection, scope.dialect, kept),
    ...(query.count === 'exact' ? { count: prepareCount(selection, scope.dialect, kept) } : {}),
    sortText,
    organisation: scope.organisation,
  };
}

function fill({ page, count, sortText }: CompiledRead, given?: GivenValues): ReadyRead {
  return {
    page: page.statement(given),
    ...(count ? { count: count.statement(given) } : {}),
    pageOf: (rows) => page.pageOf(rows),
    sortText,
  };
}

/** Undefined when these values need a statement of their own, or are refused: what is wrong with them is told by the long way. */
function tryToFill(
  known: CompiledRead,
  scope: CompileScope,
  { ctx, query }: { readonly ctx: Context; readonly query: ReadQuery },
): ReadyRead | undefined {
  try {
    return fill(known, valuesOf(scope, ctx, query));
  } catch {
    return undefined;
  }
}

function valuesOf({ organisation }: ReadScope, ctx: Context, query: ReadQuery): GivenValues {
  return {
    ...(query.id === undefined ? {} : { id: recordId(query.id) }),
    ...(query.after === undefined ? {} : { after: readCursor(sortTextOf(query), query.after) }),
    filter: query.filter,
    env: conditionEnv(ctx, organisation),
  };
}

interface Shape extends FilterShape {
  readonly text: string;
}

/** All of a query but its values. Undefined for what is not kept: searches speak of their words in the statement. */
function shapeOf({ dialect }: CompileScope, { principal }: Context, query: ReadQuery): Shape | undefined {
  if (query.search !== undefined || query.match !== undefined) return undefined;
  const { entity, id, sort, limit, fields, expand, count, deleted } = query;
  const cursor = cursorForm(query);
  if (cursor === undefined) return undefined;
  const filter = filterShape(query.filter);
  const caller = `${principal.id === null ? 0 : 1}${Math.min(principal.teamMates.length, 2)}`;
  const rest = [dialect, caller, entity, id !== undefined, limit, sort, fields, expand, count, deleted, cursor];
  const text = `${JSON.stringify(rest)}${filter.text}`;
  return text.length > LONGEST_SHAPE ? undefined : { ...filter, text };
}

/** Which sort keys of a cursor are empty decides how a page behind it is sought. Undefined for what is no cursor. */
function cursorForm(query: ReadQuery): string | undefined {
  if (query.after === undefined) return '';
  try {
    const key = readCursor(sortTextOf(query), query.after);
    return key.map((value: KeyValue) => (value === null ? 'empty' : typeof value)).join();
  } catch {
    return undefined;
  }
}

/** Every value that the shape leaves out is asked for anew by the statement; one that was compiled into it would answer the next caller too. */
function isCovered({ left }: FilterShape, { places }: PreparedPage): boolean {
  const asked = places.map((place) => place.join('\n'));
  return left.every((place) => asked.some((one) => place === one || place.startsWith(`${one}\n`)));
}

function touch(shapes: Map<string, CompiledRead>, text: string, read: CompiledRead): void {
  shapes.delete(text);
  shapes.set(text, read);
  if (shapes.size <= MOST_SHAPES) return;
  const [oldest] = shapes.keys();
  if (oldest !== undefined) shapes.delete(oldest);
}
