import type { Context } from '../context.ts';
import type { Entity } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { isObject } from './body.ts';
import type { HttpDeps } from './deps.ts';

const MAX_ROWS = 1000;

/** Creates all rows in one transaction, or none. Answers `{"data": […]}` as text; the places of an error start with the row's number. */
export async function createMany(
  deps: HttpDeps,
  ctx: Context,
  input: { entity: Entity; rows: readonly unknown[] },
): Promise<string> {
  const { entity, rows } = input;
  if (rows.length > MAX_ROWS)
    throw new CasementError('BAD_REQUEST', `At most ${MAX_ROWS} records can be created at once.`);
  return deps.records.transaction(ctx, async (ctx) => {
    const made: string[] = [];
    for (const [index, row] of rows.entries()) {
      if (!isObject(row)) throw new CasementError('BAD_REQUEST', `Item ${index} of the list must be an object.`);
      const record = await deps.records
        .write(ctx, { op: 'create', entity: entity.name, input: row })
        .catch((error: unknown) => Promise.reject(atRow(error, index)));
      made.push(JSON.stringify(record));
    }
    return `{"data":[${made.join(',')}]}`;
  });
}

function atRow(error: unknown, index: number): unknown {
  if (!(error instanceof CasementError)) return error;
  const errors = error.errors.map((detail) => ({ ...detail, path: `/${index}${detail.path}` }));
  return new CasementError(error.code, error.message, {
    errors,
    extra: error.extra,
    status: error.status,
    cause: error,
  });
}
