import type { Automation, Entity } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { AutomationJob } from './automation-job.ts';

const DONE: Readonly<Record<string, string>> = {
  created: 'was created',
  updated: 'was changed',
  moved: 'was moved',
  deleted: 'was deleted',
  restored: 'was restored',
};

/** The record as people call it: its display text, else its id. */
export function titleOf(entity: Entity, record: RecordData): string {
  const parts = entity.display.map((part) => ('text' in part ? part.text : textOf(record[part.field] ?? null)));
  const title = parts.join('').trim();
  return title === '' ? textOf(record['id'] ?? null) : title;
}

export interface Reasoned {
  readonly job: AutomationJob;
  /** The record and its entity; null where the rule has none. */
  readonly about: { readonly entity: Entity; readonly record: RecordData } | null;
}

/** "Rule newDeal ran because deal "Windows for Anna" was created by Anna Tamm." */
export function reasonOf(rule: Automation, of: Reasoned): string {
  return `Rule ${rule.name} ran ${whyOf(rule, of)}.`;
}

function whyOf(rule: Automation, { job, about }: Reasoned): string {
  const by = job.by.name === '' ? '' : ` by ${job.by.name}`;
  const what = about ? `${about.entity.title.toLowerCase()} "${titleOf(about.entity, about.record)}"` : '';
  const forIt = about ? ` for ${what}` : '';
  if (job.each) return `step ${job.each.step}${forIt}`;
  if (job.timer?.kind === 'schedule') return `because it was ${job.timer.due}${forIt}`;
  if (job.kind === 'manual') return `because its button was pressed${by}${forIt}`;
  if (job.kind === 'received') return `because ${wayOf(job)} came in${forIt}`;
  return `because ${what} ${happened(rule, job)}`;
}

function wayOf({ received }: AutomationJob): string {
  const { by = '', name = '' } = received ?? {};
  return `${textOf(by)} "${textOf(name)}"`;
}

function happened(rule: Automation, job: AutomationJob): string {
  if (job.timer?.kind === 'due') return `reached ${job.timer.field} ${textOf(job.timer.value)}`;
  if (job.timer?.kind === 'stayed') return `has stood at ${job.timer.stage} since ${job.at}`;
  const { on } = rule;
  const by = job.by.name === '' ? '' : ` by ${job.by.name}`;
  if (on.trigger === 'entered') return `came to ${on.stage}${by}`;
  if (on.trigger === 'left') return `left ${on.stage}${by}`;
  return `${DONE[job.kind] ?? `had the event ${job.kind}`}${by}`;
}

/** A value in a sentence: a record by its name or title. */
export function textOf(value: Value): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  const { name, title } = value as RecordData;
  return textOf(name ?? title ?? null);
}
