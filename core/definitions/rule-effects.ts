import type { Condition } from '../rules/condition.ts';
import { memberOf, membersOf, textOf } from '../rules/value-parts.ts';
import type { Linking } from './linking.ts';
import type { Automation, Step, Trigger } from './model.ts';

/** What a step does to records, as far as its definition tells. */
export interface Effect {
  readonly entity: string;
  readonly kind: 'created' | 'updated' | 'event';
  readonly fields: readonly string[];
  /** Of a move, and of a new record that says so. */
  readonly stage?: string;
  readonly event?: string;
  /** On the rule's own record. */
  readonly isOwn: boolean;
  /** Comes to an end by itself, as filling what is empty does. */
  readonly settles: boolean;
  readonly conditions: readonly Condition[];
  /** "changes notes of contact". */
  readonly says: string;
}

type Bare = Omit<Effect, 'conditions'>;

interface Place {
  readonly linking: Linking;
  /** The entity of the record the step runs for. */
  readonly entity: string | undefined;
  /** The same record as the rule's. */
  readonly isOwn: boolean;
}

/** All that a rule does, `each` and branches included. */
export function effectsOf(linking: Linking, rule: Automation): readonly Effect[] {
  return stepEffects(rule.do, { linking, entity: rule.on.entity, isOwn: true }, []);
}

function stepEffects(steps: readonly Step[], place: Place, above: readonly Condition[]): readonly Effect[] {
  const branches = new Map(steps.map((step) => [step.key, step.when]));
  return steps.flatMap((step) => {
    const ways = step.within.flatMap(({ branch }) => branches.get(branch) ?? []);
    const own = step.action !== 'branch' && step.when ? [step.when] : [];
    const conditions = [...above, ...ways, ...own].filter((one) => one.kind !== 'constant' || !one.value);
    if (step.each) {
      const inner = { ...place, entity: step.each.entity, isOwn: false };
      const where = step.each.where.kind === 'constant' ? [] : [step.each.where];
      return stepEffects(step.each.do, inner, [...conditions, ...where]);
    }
    return effectsOfStep(step, place).map((effect) => ({ ...effect, conditions }));
  });
}

function effectsOfStep(step: Step, place: Place): readonly Bare[] {
  const input = step.with;
  const named = textOf(memberOf(input, 'entity'));
  const entity = named ?? place.entity;
  if (entity === undefined) return [];
  const isOwn = place.isOwn && memberOf(input, 'id') === undefined && (named === undefined || named === place.entity);
  const fields = membersOf(memberOf(input, 'set'));
  const bare = { entity, fields, isOwn, settles: false };
  switch (step.action) {
    case 'create': {
      const stage = textOf(memberOf(memberOf(input, 'set'), 'stage'));
      return [{ ...bare, kind: 'created', isOwn: false, says: `makes a record of ${entity}`, ...stageOf(stage) }];
    }
    case 'update': {
      const stage = textOf(memberOf(memberOf(input, 'set'), 'stage'));
      return [{ ...bare, kind: 'updated', says: `changes ${fields.join(', ')} of ${entity}`, ...stageOf(stage) }];
    }
    case 'move': {
      const stage = textOf(memberOf(input, 'to'));
      const says = `moves ${entity} to ${stage ?? 'a stage'}`;
      return [{ ...bare, kind: 'updated', fields: [...fields, 'stage'], says, ...stageOf(stage) }];
    }
    case 'assign': {
      const field = textOf(memberOf(input, 'field')) ?? place.linking.entities.get(entity)?.owner;
      const settles = memberOf(input, 'always') === undefined;
      return field === undefined
        ? []
        : [{ ...bare, kind: 'updated', fields: [field], settles, says: `changes ${field} of ${entity}` }];
    }
    default:
      return left(step, place);
  }
}

/** What actions leave in our records by the way. */
function left(step: Step, place: Place): readonly Bare[] {
  const about = memberOf(step.with, 'about');
  const entity = textOf(memberOf(about, 'entity')) ?? place.entity;
  const made = (name: string): readonly Bare[] =>
    place.linking.entities.has(name)
      ? [{ entity: name, kind: 'created', fields: [], isOwn: false, settles: false, says: `makes a record of ${name}` }]
      : [];
  const event = (name: string): readonly Bare[] =>
    entity === undefined
      ? []
      : [
          {
            entity,
            kind: 'event',
            event: name,
            fields: [],
            isOwn: false,
            settles: false,
            says: `causes ${name} of ${entity}`,
          },
        ];
  if (step.action === 'notify') return made('notification');
  if (step.action === 'mail') return [...event('mail.sent'), ...made('activity')];
  return step.action === 'document' ? [...event('document.generated'), ...made('document')] : [];
}

function stageOf(stage: string | undefined): { readonly stage?: string } {
  return stage === undefined ? {} : { stage };
}

/** Whether the effect of a rule sets off a rule with this trigger, conditions aside. What waits for a time is no answer. */
export function setsOff(effect: Effect, on: Trigger, by: Trigger): boolean {
  if (on.entity !== effect.entity) return false;
  switch (on.trigger) {
    case 'created':
      return effect.kind === 'created';
    case 'updated':
      return effect.kind === 'updated' && (on.fields.length === 0 || on.fields.some((f) => effect.fields.includes(f)));
    case 'entered':
      return effect.stage === on.stage;
    case 'left':
      return (
        effect.isOwn &&
        effect.stage !== undefined &&
        effect.stage !== on.stage &&
        by.trigger === 'entered' &&
        by.stage === on.stage
      );
    case 'event':
      return effect.event === on.event;
    default:
      return false;
  }
}
