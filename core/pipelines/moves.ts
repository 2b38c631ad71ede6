import type { Model, Pipeline, Transition } from '../definitions/model.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { ErrorDetail } from '../errors.ts';

/** Pure deciders about stages: which pipeline a record is in, whether a move exists, what it requires. */

/** The pipeline of a record, or the one a new record gets: the one it names, else the only or first one of the entity. */
export function pipelineOf(model: Model, entity: string, record: RecordData): Pipeline | undefined {
  const named = typeof record['pipeline'] === 'string' ? model.pipelines.get(record['pipeline']) : undefined;
  if (named?.entity === entity) return named;
  const first = model.entity(entity).pipelines[0];
  return first === undefined ? undefined : model.pipelines.get(first);
}

export function transitionBetween(pipeline: Pipeline, from: string, to: string): Transition | undefined {
  return pipeline.transitions.find((transition) => transition.to === to && transition.from.includes(from));
}

/** The stages a record can be moved to from here by somebody with these roles. */
export function movesFrom(pipeline: Pipeline, from: string, roles: readonly string[] | 'any'): readonly Transition[] {
  return pipeline.transitions.filter((transition) => transition.from.includes(from) && mayUse(transition, roles));
}

export function mayUse(transition: Transition, roles: readonly string[] | 'any'): boolean {
  return roles === 'any' || transition.roles.length === 0 || transition.roles.some((role) => roles.includes(role));
}

/** Why a record cannot go from one stage to another, before any requirement is looked at; null when it can. */
export function moveRefusal(
  pipeline: Pipeline,
  move: { from: string; to: string; roles: readonly string[] | 'any' },
): ErrorDetail | null {
  const { from, to, roles } = move;
  const params = { from, to, pipeline: pipeline.name };
  if (!pipeline.stages.some((stage) => stage.key === to)) {
    return { path: '/stage', code: 'option', message: `${pipeline.title} has no stage "${to}".`, params };
  }
  const transition = transitionBetween(pipeline, from, to);
  if (!transition) {
    const open = movesFrom(pipeline, from, roles).map((known) => stageTitle(pipeline, known.to));
    const hint = open.length > 0 ? `From here it can go to: ${open.join(', ')}.` : 'From here it cannot be moved.';
    return {
      path: '/stage',
      code: 'transition',
      message: `${stageTitle(pipeline, from)} does not lead to ${stageTitle(pipeline, to)}. ${hint}`,
      params,
    };
  }
  if (!mayUse(transition, roles)) {
    return {
      path: '/stage',
      code: 'transitionRole',
      message: `Only ${transition.roles.join(', ')} may move to ${stageTitle(pipeline, to)}.`,
      params,
    };
  }
  return null;
}

export function stageTitle(pipeline: Pipeline, key: string): string {
  return pipeline.stages.find((stage) => stage.key === key)?.title ?? key;
}
