import { parseCondition } from '../rules/parse-condition.ts';
import { ALWAYS } from '../rules/condition.ts';
import type { Condition, ListPath } from '../rules/condition.ts';
import { hint } from './check-schema.ts';
import { linkStep } from './link-step.ts';
import type { RuleLinking } from './link-step.ts';
import { attempt, below, findEntity, type At, type EntityDraft, type Linking } from './linking.ts';
import { checkLoads } from './paths.ts';
import type { StepDoc } from './documents.ts';
import type { Each, Step } from './model.ts';

export interface StepsLinking extends RuleLinking {
  readonly steps: readonly StepDoc[];
  readonly at: At;
  readonly within?: Step['within'];
}

/** The steps in one list, those of branches behind their branch; those of `each` stay inside it. */
export function linkSteps(linking: Linking, entity: EntityDraft | undefined, linked: StepsLinking): readonly Step[] {
  const { steps, at, within = [], ...rule } = linked;
  return steps.flatMap((step, index): readonly Step[] => {
    const here = below(at, `/${index}`);
    const alone = linkStep(linking, entity, { ...rule, step, at: here });
    checkNesting(linking, step, here);
    if (step.action === 'each')
      return [{ ...alone, within, each: linkEach(linking, entity, { ...rule, step, at: here }) }];
    if (step.action !== 'branch') return [{ ...alone, within }];
    const way = (part: 'do' | 'otherwise', holds: boolean) =>
      linkSteps(linking, entity, {
        ...rule,
        steps: step[part] ?? [],
        at: below(here, `/${part}`),
        within: [...within, { branch: step.key, holds }],
      });
    return [{ ...alone, within }, ...way('do', true), ...way('otherwise', false)];
  });
}

export interface KeyAt {
  readonly key: string;
  readonly pointer: string;
}

/** The keys of all steps, however deep, with their places. */
export function stepKeys(steps: readonly StepDoc[], pointer: string): readonly KeyAt[] {
  return steps.flatMap((step, index) => {
    const here = `${pointer}/${index}`;
    return [
      { key: step.key, pointer: here },
      ...stepKeys(step.do ?? [], `${here}/do`),
      ...stepKeys(step.otherwise ?? [], `${here}/otherwise`),
    ];
  });
}

/** Which parts a step has is said by its action. */
function checkNesting(linking: Linking, step: StepDoc, at: At): void {
  const tell = (key: string, message: string) => linking.errors.add(at.file, `${at.pointer}${key}`, message);
  const { action } = step;
  if (action === 'branch') {
    if (step.when === undefined) tell('', '"when" is missing: it says which way the branch goes.');
    if (!step.do && !step.otherwise) tell('', 'A branch without "do" and "otherwise" does nothing.');
  } else if (step.otherwise) tell('/otherwise', '"otherwise" belongs to the action "branch".');
  if (action === 'each' && !step.do) tell('', '"do" is missing: what is done for each record.');
  if (action !== 'each' && action !== 'branch' && step.do)
    tell('/do', '"do" belongs to the actions "branch" and "each".');
  if (action !== 'each' && step.load) tell('/load', '"load" belongs to the action "each", or to the rule itself.');
}

interface EachLinking extends RuleLinking {
  readonly step: StepDoc;
  readonly at: At;
}

function linkEach(linking: Linking, outer: EntityDraft | undefined, { step, at, ...rule }: EachLinking): Each {
  const input = step.with ?? {};
  const place = below(at, '/with');
  const list = listOf(linking, outer, { name: input['list'], at: below(place, '/list') });
  if ('list' in input === 'entity' in input)
    linking.errors.add(at.file, place.pointer, 'Name either an "entity" or a "list" of the rule’s record.');
  const name = list?.entity ?? input['entity'];
  const entity = typeof name === 'string' ? linking.entities.get(name) : undefined;
  const load = step.load ?? [];
  if (!entity) return { entity: typeof name === 'string' ? name : '', where: ALWAYS, load, do: [] };
  checkLoads(linking, entity.name, { loads: load, at: below(at, '/load') });
  const steps = { steps: step.do ?? [], at: below(at, '/do') };
  return {
    entity: entity.name,
    ...(list ? { list } : {}),
    where: whereOf(linking, entity, { json: input['where'], at: below(place, '/where') }),
    load,
    do: linkSteps(linking, entity, { ...rule, load, outer, ...steps }),
  };
}

function listOf(
  linking: Linking,
  outer: EntityDraft | undefined,
  { name, at }: { name: unknown; at: At },
): ListPath | undefined {
  if (typeof name !== 'string') return undefined;
  const tell = (message: string): undefined => {
    linking.errors.add(at.file, at.pointer, message);
  };
  if (!outer) return tell('This rule has no record, so it has no lists. Name an "entity".');
  const list = outer.lists.get(name);
  if (list) {
    findEntity(linking, list.entity, at);
    return list;
  }
  return tell(`${outer.name} has no list "${name}"${hint(name, outer.lists.keys())}`);
}

function whereOf(linking: Linking, entity: EntityDraft, { json, at }: { json: unknown; at: At }): Condition {
  return attempt(linking, at, () => parseCondition(json, entity.name, linking.lookup)) ?? ALWAYS;
}
