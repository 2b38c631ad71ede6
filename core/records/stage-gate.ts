import type { Pipeline, Requirement, Transition } from '../definitions/model.ts';
import type { ErrorDetail } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { Condition } from '../rules/condition.ts';
import { moveRefusal, pipelineOf, transitionBetween } from '../pipelines/moves.ts';
import { evaluate, needsDatabase } from '../rules/evaluate.ts';
import { conditionEnv } from './environment.ts';
import { pointer } from './draft.ts';
import { loadRow } from './write-scope.ts';
import type { WriteScope } from './write-scope.ts';

/** The verdict on a stage change: what is wrong by itself, and what the database must still be asked once the row is written. */
export interface Gate {
  readonly errors: readonly ErrorDetail[];
  readonly open: readonly Requirement[];
}

const PASSED: Gate = { errors: [], open: [] };

/** A new record starts at the first stage; any other start is a move from there. A change of pipeline starts at its first stage. */
export function settleStage(scope: WriteScope, values: Record<string, unknown>, current: RecordData | null): void {
  if (scope.entity.pipelines.length === 0) return;
  const pipeline = pipelineOf(scope.model, scope.entity.name, { ...current, ...values } as RecordData);
  if (!pipeline) return;
  if (!current) values['pipeline'] ??= pipeline.name;
  const changesPipeline =
    current !== null && values['pipeline'] !== undefined && values['pipeline'] !== current['pipeline'];
  if (!current || changesPipeline) values['stage'] ??= pipeline.stages[0]!.key;
}

/** One gate for every door: is there such a move, may this role use it, and is what it requires there? */
export function stageGate(scope: WriteScope, record: RecordData, current: RecordData | null): Gate {
  const pipeline = pipelineOf(scope.model, scope.entity.name, record);
  const to = record['stage'];
  if (!pipeline || typeof to !== 'string') return PASSED;
  const first = pipeline.stages[0]!.key;
  const before = current?.['pipeline'] === pipeline.name ? current['stage'] : first;
  const from = typeof before === 'string' ? before : first;
  if (from === to) return PASSED;
  const roles = scope.ctx.principal.kind === 'system' ? 'any' : scope.ctx.principal.roles;
  const refusal = moveRefusal(pipeline, { from, to, roles });
  if (refusal) return { errors: [refusal], open: [] };
  return judge(scope, told(scope, pipeline, transitionBetween(pipeline, from, to)!), record);
}

/** What a transition requires, its messages in the caller's language. */
function told(scope: WriteScope, pipeline: Pipeline, { key, requires }: Transition): readonly Requirement[] {
  const path = `pipelines.${pipeline.name}.requirements.${key}`;
  return requires.map((requirement) => {
    const message = scope.model.texts.get(`${path}.${requirement.key}`, scope.ctx.locale);
    return message === '' ? requirement : { ...requirement, message };
  });
}

function judge(scope: WriteScope, requires: readonly Requirement[], record: RecordData): Gate {
  const env = conditionEnv(scope.ctx, scope.organisation);
  const inMemory = requires.filter((requirement) => !needsDatabase(requirement.condition));
  const failed = inMemory.filter((requirement) => !evaluate(requirement.condition, record, env));
  return {
    errors: failed.map(requirementError),
    open: requires.filter((requirement) => needsDatabase(requirement.condition)),
  };
}

/** Asks the database, in this transaction, whether the stored record fulfils the rest. */
export async function unmet(
  scope: WriteScope,
  id: string,
  open: readonly Requirement[],
): Promise<readonly ErrorDetail[]> {
  const errors: ErrorDetail[] = [];
  for (const requirement of open) {
    const row = await loadRow(scope, id, { rows: requirement.condition });
    if (!row) errors.push(requirementError(requirement));
  }
  return errors;
}

/** Those whose answer does not hang on fields that are only about to change: they can be asked of the record as it is. */
export function answerable(open: readonly Requirement[], changed: readonly string[]): readonly Requirement[] {
  return open.filter(({ condition }) => !rootsOf(condition).some((key) => changed.includes(key)));
}

/** Own fields of the record that a condition looks at or through. */
function rootsOf(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'constant':
      return [];
    case 'all':
    case 'any':
      return condition.of.flatMap(rootsOf);
    case 'not':
      return rootsOf(condition.of);
    case 'related':
      return [condition.hops[0]?.field.key ?? (condition.list.link ? condition.list.key : '')];
    default: {
      const paths = [condition.path, ...(condition.operand.kind === 'field' ? [condition.operand.path] : [])];
      return paths.map((path) => path.hops[0]?.field.key ?? path.field.key);
    }
  }
}

function requirementError(requirement: Requirement): ErrorDetail {
  return {
    path: pointer(requirement.field ?? 'stage'),
    code: 'gate',
    message: requirement.message,
    params: { requirement: requirement.key },
  };
}
