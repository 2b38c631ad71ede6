import type { UiModel } from '../../model/model.ts';
import type { Condition, ModelEntity, ModelField, ModelView, RecordData, Stage } from '../../model/types.ts';
import { pipelineOf } from '../move/move-fields.ts';

export interface BoardColumn {
  readonly key: string;
  readonly title: string;
  /** What the group field holds here; null for "none". */
  readonly value: string | null;
  readonly stage: Stage | undefined;
  /** Ends of a pipeline are folded: they grow without end and are seldom looked through. */
  readonly isEnd: boolean;
}

export interface BoardShape {
  readonly group: ModelField;
  readonly columns: readonly BoardColumn[];
  /** The sum shown for each column, and the facts of a card. */
  readonly sum: ModelField | undefined;
  readonly facts: readonly ModelField[];
}

const NONE = 'none:';

/** How a view is drawn as a board: by the stages of its pipeline or the options of a field; nothing when it has neither. */
export function boardShape(model: UiModel, view: ModelView, entity: ModelEntity): BoardShape | undefined {
  const group = model.field(entity.name, view.group ?? 'stage');
  if (!group) return undefined;
  const fields = view.fields.flatMap((key) => model.field(entity.name, key) ?? []);
  const titled = new Set(entity.display.flatMap((part) => ('field' in part ? [part.field] : [])));
  const shape = {
    group,
    sum: fields.find((field) => field.type === 'money'),
    facts: fields.filter((field) => !titled.has(field.key) && field.key !== group.key && field.key !== 'pipeline'),
  };
  if (group.key === 'stage') {
    const pipeline = view.pipeline
      ? model.pipeline(view.pipeline)
      : pipelineOf(model.pipelinesOf(entity.name), undefined);
    if (!pipeline) return undefined;
    const columns = pipeline.stages.map((stage) => ({
      key: stage.key,
      title: stage.title,
      value: stage.key,
      stage,
      isEnd: stage.kind !== 'open',
    }));
    return {
      ...shape,
      columns: [...columns.filter((column) => !column.isEnd), ...columns.filter((column) => column.isEnd)],
    };
  }
  if (!group.options) return undefined;
  const columns = group.options.map((option) => ({
    key: option.value,
    title: option.title,
    value: option.value,
    stage: undefined,
    isEnd: false,
  }));
  return {
    ...shape,
    columns: group.required
      ? columns
      : [...columns, { key: NONE, title: '', value: null, stage: undefined, isEnd: false }],
  };
}

/** The records of one column. */
export const columnFilter = (group: ModelField, column: BoardColumn): Condition => ({
  [group.key]: column.value === null ? { empty: true } : { eq: column.value },
});

export interface PendingMove {
  readonly record: RecordData;
  readonly to: string;
}

/** A column's records as they will stand when the moves under way succeed: those that left are gone, those that came are on top. */
export function withMoves(
  records: readonly RecordData[],
  column: string,
  moves: ReadonlyMap<string, PendingMove>,
): readonly RecordData[] {
  const coming = [...moves.values()].filter((move) => move.to === column).map((move) => move.record);
  const staying = records.filter((record) => !moves.has(String(record['id'])));
  return [...coming, ...staying];
}

export interface ColumnFigure {
  readonly count: number;
  readonly sum: string | null;
}

/** Count and sum by column, from the aggregate's rows. */
export function columnFigures(
  rows: readonly RecordData[],
  group: ModelField,
  sum: ModelField | undefined,
): ReadonlyMap<string, ColumnFigure> {
  return new Map(
    rows.map((row) => {
      const value = row[group.key];
      const total = sum ? row[`sum(${sum.key})`] : null;
      const text = typeof total === 'string' ? total : typeof total === 'number' ? String(total) : null;
      return [typeof value === 'string' ? value : NONE, { count: Number(row['count'] ?? 0), sum: text }];
    }),
  );
}
