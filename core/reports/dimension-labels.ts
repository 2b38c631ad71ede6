import type { Context } from '../context.ts';
import type { Entity, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Records } from '../records/types.ts';
import { rangeOf } from './calendar-range.ts';
import type { Dimension, Grain } from './dimension.ts';
import { textOf } from './value-text.ts';

interface LabelDeps {
  readonly records: Records;
  readonly model: Model;
}

const CHUNK = 500;

/** The label of each dimension of each row, in the caller's language. Names of records he may not see stay empty. */
export async function labelDimensions(
  deps: LabelDeps,
  ctx: Context,
  of: { readonly dimensions: readonly Dimension[]; readonly rows: readonly RecordData[] },
): Promise<Record<string, string>[]> {
  const names = new Map<string, ReadonlyMap<string, string>>();
  for (const dimension of of.dimensions) {
    if (!dimension.field.reference) continue;
    names.set(
      dimension.key,
      await recordNames(deps, ctx, { dimension, values: of.rows.map((row) => row[dimension.key] ?? null) }),
    );
  }
  return of.rows.map((row) =>
    Object.fromEntries(
      of.dimensions.map((dimension) => {
        const value = row[dimension.key] ?? null;
        const text =
          names.get(dimension.key)?.get(idOf(value)) ??
          (dimension.field.reference ? '' : labelOf(deps.model, dimension, { value, locale: ctx.locale }));
        return [dimension.key, text];
      }),
    ),
  );
}

function labelOf(model: Model, dimension: Dimension, of: { readonly value: Value; readonly locale: string }): string {
  const { value, locale } = of;
  if (value === null) return '';
  if (dimension.grain) return timeLabel(textOf(value), dimension.grain, locale);
  if (!dimension.field.options) return textOf(value);
  const key = optionTextKeys(model, dimension, textOf(value)).find((candidate) => model.texts.keys.has(candidate));
  return key === undefined ? textOf(value) : model.texts.get(key, locale);
}

/** Options are titled by their field; stages and pipelines by the pipeline, roles by the role. */
function optionTextKeys(model: Model, { field, pipeline }: Dimension, value: string): string[] {
  const pipelines = pipeline === undefined ? (model.entities.get(field.entity)?.pipelines ?? []) : [pipeline];
  return [
    ...(pipeline === undefined ? [`entities.${field.entity}.options.${field.key}.${value}`] : []),
    ...(field.key === 'stage' ? pipelines.map((pipeline) => `pipelines.${pipeline}.stages.${value}.title`) : []),
    ...(field.key === 'pipeline' ? [`pipelines.${value}.title`] : []),
    `roles.${value}.title`,
  ];
}

function timeLabel(value: string, grain: Grain, locale: string): string {
  const range = rangeOf(value, grain);
  if (!range) return value;
  const { start, end } = range;
  const quarter = `Q${Math.ceil(start.month / 3)} ${start.year}`;
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(at(start));
  const week = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const labels = {
    day: () => format({ dateStyle: 'medium' }),
    week: () => week.formatRange(at(start), at(end.subtract({ days: 1 }))),
    month: () => format({ month: 'long', year: 'numeric' }),
    quarter: () => quarter,
    year: () => String(start.year),
  };
  return labels[grain]();
}

function idOf(value: Value): string {
  if (value === null || typeof value !== 'object' || !('id' in value)) return textOf(value);
  return textOf(value.id);
}

/** A day as an instant that `Intl` shows in UTC. */
function at(day: { toString(): string }): Date {
  return new Date(`${day.toString()}T00:00:00Z`);
}

/** Display names by id; deleted records keep theirs, so that a report of last year still names who sold. */
async function recordNames(
  deps: LabelDeps,
  ctx: Context,
  of: { dimension: Dimension; values: readonly Value[] },
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  const ids = [...new Set(of.values.filter((value) => value !== null).map(idOf))];
  for (const target of of.dimension.field.reference?.to ?? []) {
    const entity = deps.model.entity(target);
    for (let at = 0; at < ids.length; at += CHUNK) {
      for (const record of await readable(deps, ctx, { entity, ids: ids.slice(at, at + CHUNK) }))
        names.set(textOf(record['id']), displayOf(entity, record));
    }
  }
  return names;
}

async function readable(
  deps: LabelDeps,
  ctx: Context,
  of: { entity: Entity; ids: readonly string[] },
): Promise<readonly RecordData[]> {
  try {
    const query = {
      entity: of.entity.name,
      filter: { id: { in: of.ids } },
      limit: CHUNK,
      sort: ['id'],
      deleted: 'with',
    } as const;
    return (await deps.records.list(ctx, query)).data;
  } catch (error) {
    if (error instanceof CasementError && error.code === 'FORBIDDEN') return [];
    throw error;
  }
}

function displayOf(entity: Entity, record: RecordData): string {
  const parts = entity.display.map((part) => ('text' in part ? part.text : plain(record[part.field] ?? null)));
  return parts.join('').trim();
}

function plain(value: Value): string {
  return typeof value === 'object' ? '' : textOf(value);
}
