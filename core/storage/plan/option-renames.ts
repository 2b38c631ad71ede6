import type { Field, Model } from '../../definitions/model.ts';
import { columnsOf } from '../columns.ts';
import { literal, quoted } from '../table-spec.ts';
import { countRows } from './field-changes.ts';
import type { FieldNote } from './noted-fields.ts';
import type { NotedRename } from './noted-renames.ts';
import { inJobs } from './renames.ts';
import type { Renamed } from './renames.ts';
import type { PlanReader } from './scan-field.ts';
import { counted } from './step.ts';
import type { Rename, SchemaStep } from './step.ts';

export interface OptionRenames {
  readonly steps: readonly SchemaStep[];
  /** New option → old one, by `entity.field`. */
  readonly byField: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

interface Declared {
  readonly field: Field;
  readonly from: string;
  readonly to: string;
  /** A stage is renamed in its own pipeline only. */
  readonly pipeline?: string;
}

/** Options and stages whose `x-was` the database has not followed yet. */
export async function findOptionRenames(
  db: PlanReader,
  of: { readonly model: Model; readonly renamed: Renamed; readonly noted: readonly NotedRename[] },
): Promise<OptionRenames> {
  const steps: SchemaStep[] = [];
  const byField = new Map<string, Record<string, string>>();
  for (const declared of declaredOf(of.model)) {
    const { field, from, to } = declared;
    const place = `${field.entity}.${field.key}`;
    const rows = await countOld(db, of.renamed, declared);
    const isKnown = of.renamed.notes[field.entity]?.[field.key]?.options?.includes(from) ?? false;
    const isNoted = of.noted.some((known) => isSame(known, declared));
    if (rows === 0 && (!isKnown || isNoted)) continue;
    byField.set(place, { ...byField.get(place), [to]: from });
    steps.push(stepOf(declared, rows));
  }
  return { steps, byField };
}

function isSame(known: Rename, { field, from, to }: Declared): boolean {
  const isHere = known.kind === 'option' && known.entity === field.entity && known.field === field.key;
  return isHere && known.from === from && known.to === to;
}

function declaredOf(model: Model): readonly Declared[] {
  const fields = [...model.entities.values()].flatMap((entity) => [...entity.fields.values()]);
  const options = fields.flatMap((field) =>
    Object.entries(field.optionsWere ?? {}).map(([to, from]) => ({ field, from, to })),
  );
  const stages = [...model.pipelines.values()].flatMap(({ entity, name, stages: list }) =>
    list.flatMap(({ key, was }) => {
      const field = model.field(entity, 'stage');
      const found = field && model.entity(entity).fields.get('stage');
      return was === undefined || !found ? [] : [{ field: found, from: was, to: key, pipeline: name }];
    }),
  );
  return [...options, ...stages];
}

async function countOld(db: PlanReader, renamed: Renamed, { field, from, pipeline }: Declared): Promise<number> {
  const table = renamed.tableOf(field.entity);
  const key = renamed.keyOf(field.entity, field.key);
  const found = renamed.found.tables.get(field.entity)?.columns;
  const note: FieldNote | undefined = renamed.notes[field.entity]?.[field.key];
  if (!found?.has(field.key) || (note && note.type !== field.type.name)) return 0;
  const list = columnsOf(field).find(({ suffix }) => suffix === '_f');
  const where = list ? `${quoted(`${key}_f`)} like ${literal(`%,${from},%`)}` : `${quoted(key)} = ${literal(from)}`;
  return countRows(db, table, `${where}${pipeline === undefined ? '' : ` and "pipeline" = ${literal(pipeline)}`}`);
}

function stepOf({ field, from, to, pipeline }: Declared, rows: number): SchemaStep {
  const { entity, key } = field;
  const within = pipeline === undefined ? '' : ` and "pipeline" = ${literal(pipeline)}`;
  return {
    kind: 'rename',
    table: entity,
    safety: 'safe',
    text: `rename ${from} to ${to} in ${entity}.${key}: ${counted(rows, 'record')}`,
    rows,
    sql: [
      ...updates(field, { from, to, within }),
      ...(pipeline === undefined
        ? []
        : [
            inJobs(
              `"timer":{"kind":"stayed","stage":${JSON.stringify(from)},"pipeline":${JSON.stringify(pipeline)}`,
              `"timer":{"kind":"stayed","stage":${JSON.stringify(to)},"pipeline":${JSON.stringify(pipeline)}`,
              `"entity":${JSON.stringify(entity)}`,
            ),
          ]),
    ],
    renames: [{ kind: 'option', entity, field: key, from, to }],
  };
}

/** Keys of options hold neither quotes nor commas, so the text of a list can be changed as it stands. */
function updates(field: Field, of: { from: string; to: string; within: string }): readonly string[] {
  const { from, to, within } = of;
  const table = quoted(field.entity);
  const column = quoted(field.key);
  if (!columnsOf(field).some(({ suffix }) => suffix === '_f'))
    return [`update ${table} set ${column} = ${literal(to)} where ${column} = ${literal(from)}${within}`];
  const folded = quoted(`${field.key}_f`);
  const json = `replace(${column}, ${literal(JSON.stringify(from))}, ${literal(JSON.stringify(to))})`;
  const joined = `replace(${folded}, ${literal(`,${from},`)}, ${literal(`,${to},`)})`;
  return [
    `update ${table} set ${column} = ${json}, ${folded} = ${joined} where ${folded} like ${literal(`%,${from},%`)}`,
  ];
}
