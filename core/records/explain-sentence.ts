import type { Action, Entity } from '../definitions/model.ts';
import type { Value } from '../fields/field-type.ts';
import type { Because, Explanation } from './explain-types.ts';

const VERBS: Readonly<Record<Action, string>> = {
  read: 'see',
  create: 'create',
  update: 'change',
  delete: 'delete',
  assign: 'hand over',
};

type Told = Omit<Explanation, 'sentence'>;

/** The verdict for a person: what, and which rule of which role decides. */
export function sentenceOf(entity: Entity, told: Told, isActive: boolean): string {
  const { user, action, id, field, row } = told;
  const thing = id === null ? entity.pluralTitle.toLowerCase() : `this ${entity.title.toLowerCase()}`;
  const what = field === null ? thing : `"${entity.fields.get(field.key)?.title ?? field.key}" of ${thing}`;
  const verb = `${VERBS[action]} ${what}`;
  if (!isActive) return `${user.name} may not ${verb}: the account is not active.`;
  if (told.allowed) return `${user.name} may ${verb}${grantedBy(told)}.`;
  const start = `${user.name} may not ${verb}`;
  const limit = row.limit ?? field?.limit ?? null;
  if (limit !== null) return `${start}: ${limit}`;
  if (told.because.length === 0) return `${start}: there is no role.`;
  if (!row.allowed) return `${start}: ${refusedRow(told)}.`;
  return `${start}: ${refusedField(told)}.`;
}

function grantedBy({ because, action }: Told): string {
  const about = because.some((one) => one.about === 'field') ? 'field' : 'row';
  const granting = because.filter((one) => one.about === about && one.action === action && one.matches !== false);
  const telling = granting.filter((one) => one.matches === true && opens(one));
  const names = (telling.length > 0 ? telling : granting.filter(opens)).map(roleText);
  return names.length === 0 ? '' : `: ${names.join('; ')}`;
}

function opens({ about, action, level }: Because): boolean {
  if (about === 'row') return true;
  return action === 'read' ? level !== 'hidden' : level === 'write';
}

/** The first right that is missing on the way to the action. */
function refusedRow({ because, action }: Told): string {
  const needed = [...new Set(because.filter((one) => one.about === 'row').map((one) => one.action))];
  const mayHold = (need: Action) =>
    because.some((one) => one.action === need && one.about === 'row' && one.matches !== false);
  const missing = needed.find((need) => !mayHold(need));
  const need = missing ?? action;
  const says = because.filter((one) => one.about === 'row' && one.action === need).map(roleText);
  const first = need === action ? '' : `it takes the right to ${VERBS[need]} it first; `;
  return `${first}no role grants it here: ${says.join('; ')}`;
}

function refusedField({ because }: Told): string {
  const says = because
    .filter((one) => one.about === 'field')
    .map((one) => `${one.title}: ${one.why ?? one.level ?? ''}`);
  return `no role that grants the record opens the field: ${says.join('; ')}`;
}

function roleText(because: Because): string {
  const { title, rule, matches, via, why, about } = because;
  const words =
    via === undefined
      ? ruleText(rule)
      : `as ${via.map((step) => `${step.action} of ${step.entity} by "${step.field}" (${ruleText(step.rule)})`).join(' or ')}`;
  const holds = matches === null ? '' : matches ? ', which holds' : ', which does not hold';
  const level = about === 'field' && why !== undefined ? ` (${why})` : '';
  const plain = rule === 'all' || rule === 'none';
  return `${title} says ${words}${plain ? '' : holds}${level}`;
}

function ruleText(rule: Value): string {
  return typeof rule === 'string' ? rule : JSON.stringify(rule);
}
