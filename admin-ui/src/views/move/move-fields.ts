import type { ErrorDetail } from '../../api/client.ts';
import type { ModelEntity, ModelField, ModelList, ModelPipeline, RecordData } from '../../model/types.ts';

export interface MoveQuestion {
  /** What the reader can fill in right here. */
  readonly fields: readonly ModelField[];
  readonly byField: Readonly<Record<string, readonly ErrorDetail[]>>;
  /** What must be put right on the card: a missing line, a sum that is counted, a way that does not exist. */
  readonly rest: readonly ErrorDetail[];
}

const keyOf = (path: string): string | undefined => {
  const parts = path.split('/').slice(1);
  return parts[0] === 'set' ? parts[1] : parts[0];
};

/** The stage itself is what the move sets: a way that does not exist is no question to the reader. */
const isSettable = (field: ModelField | undefined): field is ModelField =>
  Boolean(
    field && !field.readOnly && !field.computed && !field.system && field.key !== 'stage' && field.key !== 'pipeline',
  );

/** Sorts the reasons of a refused move into fields to ask for and sentences to show. */
export function questionOf(entity: ModelEntity, errors: readonly ErrorDetail[]): MoveQuestion {
  const fields: ModelField[] = [];
  const byField: Record<string, ErrorDetail[]> = {};
  const rest: ErrorDetail[] = [];
  for (const error of errors) {
    const field = entity.fields.find((one) => one.key === keyOf(error.path));
    if (!isSettable(field)) rest.push(error);
    else {
      if (!fields.includes(field)) fields.push(field);
      (byField[field.key] ??= []).push(error);
    }
  }
  return { fields, byField, rest };
}

/** The children whose want the refusal is about: of the list it names, or of the one its figure is counted from. */
export function wantedList(entity: ModelEntity, error: ErrorDetail): ModelList | undefined {
  const key = keyOf(error.path);
  const counted = entity.fields.find((field) => field.key === key)?.rollup;
  return entity.lists.find((list) => list.key === (counted ?? key));
}

/** Fields asked for so far stay in the dialog when the next try complains of others. */
export const mergeFields = (asked: readonly ModelField[], next: readonly ModelField[]): readonly ModelField[] => [
  ...asked,
  ...next.filter((field) => !asked.some((one) => one.key === field.key)),
];

/** The pipeline a record is in; its entity's first one when it does not say. */
export const pipelineOf = (
  pipelines: readonly ModelPipeline[],
  record: RecordData | undefined,
): ModelPipeline | undefined => pipelines.find((one) => one.name === record?.['pipeline']) ?? pipelines[0];

/** The stages that can be reached from `from` in one step. A pipeline without transitions allows every step. */
export function reachable(pipeline: ModelPipeline, from: string): ReadonlySet<string> {
  const steps = pipeline.transitions.filter((step) => step.from.includes('*') || step.from.includes(from));
  const keys =
    pipeline.transitions.length > 0 ? steps.map((step) => step.to) : pipeline.stages.map((stage) => stage.key);
  return new Set(keys.filter((key) => key !== from));
}
