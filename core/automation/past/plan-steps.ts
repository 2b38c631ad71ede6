import type { Automation, Model, Step } from '../../definitions/model.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import { conditionEnv } from '../conditions.ts';
import type { Money } from '../conditions.ts';
import { stepInput } from '../step-input.ts';
import type { RenderText } from '../step-input.ts';
import { workingTimeOf } from '../timers.ts';
import type { OrganisationSettings } from '../timers.ts';
import { heldThen, loadedThen } from './holds-then.ts';
import { readLoads } from './read-loads.ts';
import type { World } from './world.ts';

/** One step that would have been done. */
export interface PlannedStep {
  readonly step: string;
  readonly action: string;
  /** What it would have been given; null when that cannot be said, and why. */
  readonly input: Readonly<Record<string, unknown>> | null;
  readonly problem?: string;
  /** Of `each`: for how many records. */
  readonly records?: number;
}

export interface Planning {
  readonly model: Model;
  readonly rule: Automation;
  readonly world: World;
  readonly organisation: OrganisationSettings & Money;
  readonly renderText: RenderText;
}

interface At {
  readonly at: number;
  readonly record: RecordData | null;
  readonly me: string | null;
}

/** What the steps would have been given. Results of steps before are not known: nothing was done. */
export function planSteps(planning: Planning, at: At): readonly PlannedStep[] {
  const { rule, world, organisation } = planning;
  const env = conditionEnv(organisation, { me: at.me, now: at.at });
  const holds = (step: Step) =>
    !step.when || at.record === null || heldThen(world, step.when, { record: at.record, env });
  const ways = new Map(rule.do.map((step) => [step.key, holds(step)]));
  return rule.do.flatMap((step): readonly PlannedStep[] => {
    const lies = step.within.every((way) => ways.get(way.branch) === way.holds);
    if (!lies || step.action === 'branch' || !holds(step)) return [];
    const { each } = step;
    if (!each) return [{ step: step.key, action: step.action, ...inputThen(planning, step, at) }];
    const items = each.list && at.record ? world.listed(each.list, at.record) : world.all(each.entity);
    const records = items.filter((record) => heldThen(world, each.where, { record, env })).length;
    return [{ step: step.key, action: 'each', input: {}, records }];
  });
}

function inputThen({ model, rule, world, organisation, renderText }: Planning, step: Step, { at, record, me }: At) {
  const entity = rule.on.entity ?? '';
  const loaded = record ? loadedThen(world, record, readLoads(model, entity, rule.load)) : null;
  const scope: Record<string, Value> = {
    record: loaded,
    before: null,
    outer: null,
    received: null,
    actor: { id: me, name: '' },
    steps: {},
    now: new Date(at).toISOString(),
  };
  const addWorkingTime = workingTimeOf(model, organisation);
  const env = { scope, base: at, zone: organisation.zone, refs: {}, addWorkingTime };
  try {
    return { input: stepInput({ model, rule: rule.name, step, env, renderText }, organisation.language) };
  } catch (error) {
    return { input: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
