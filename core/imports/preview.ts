import { accessOf } from '../access/access.ts';
import type { Context } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { guessMapping } from './guess-mapping.ts';
import type { Proposal } from './guess-mapping.ts';
import type { ImportLimits } from './limits.ts';
import { sheetNames } from './read-xlsx.ts';
import { openTable } from './table-source.ts';
import type { SourceOptions } from './table-source.ts';

/** What a file looks like before anything is done with it. */
export interface Preview {
  readonly columns: readonly string[];
  /** The first rows, a text for each column. */
  readonly rows: readonly (readonly string[])[];
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly sheets?: readonly string[];
  /** With an entity: which column seems to hold which field. */
  readonly map?: Proposal;
}

const SHOWN = 10;
const SAMPLED = 1000;
const LONGEST_SHOWN = 500;

export interface PreviewOf {
  readonly path: string;
  readonly options: SourceOptions;
  readonly entity?: string;
}

export async function previewTable(
  deps: { readonly model: Model; readonly limits: ImportLimits },
  ctx: Context,
  { path, options, entity: name }: PreviewOf,
): Promise<Preview> {
  const table = await openTable(path, options, deps.limits);
  const sample: (readonly string[])[] = [];
  for await (const { cells } of table.rows) {
    sample.push(cells);
    if (sample.length === SAMPLED) break;
  }
  const access = accessOf(deps.model, ctx.principal);
  const entity = name === undefined ? undefined : deps.model.entities.get(name);
  if (name !== undefined && (!entity || !access.can(name, 'read')))
    throw new CasementError('BAD_REQUEST', `"${name.slice(0, 60)}" is not an entity known here.`);
  const { columns } = table;
  const shown = sample
    .slice(0, SHOWN)
    .map((cells) => columns.map((_, index) => (cells[index] ?? '').slice(0, LONGEST_SHOWN)));
  return {
    columns,
    rows: shown,
    ...table.shape,
    ...(options.format === 'xlsx' ? { sheets: await sheetNames(path, deps.limits) } : {}),
    ...(entity ? { map: guessMapping({ model: deps.model, access, entity, columns, sample }) } : {}),
  };
}
