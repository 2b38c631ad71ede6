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

/** "Rule newDeal ran because deal "Windows for Anna" was created by Anna Tamm." */
export function reasonOf(rule: Automation, entity: Entity, of: { job: AutomationJob; record: RecordData }): string {
  const { job, record } = of;
  const what = `${entity.title.toLowerCase()} "${titleOf(entity, record)}"`;
  return `Rule ${rule.name} ran because ${what} ${happened(rule, job)}.`;
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
