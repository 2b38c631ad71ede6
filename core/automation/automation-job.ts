import type { RecordData, Value } from '../fields/field-type.ts';

export const JOB_KIND = 'automation';

/** Outward steps outlive an outage of some hours: 1 s, 2 s … then hourly. */
export const ATTEMPTS = 20;

/** What a rule's job knows: what it follows from and how far it has come. Kept as JSON in the job's row. */
export interface AutomationJob {
  readonly rule: string;
  /** Null where the rule has no record. */
  readonly entity: string | null;
  readonly record: string | null;
  /** The change it follows from; of what is no change (a time, a button, something received) an id of its own. */
  readonly change: string;
  /** A ChangeKind, the name of an event, or the trigger of what is no change. */
  readonly kind: string;
  readonly at: string;
  /** Who made the change; `$me` of the rule's conditions. */
  readonly by: { readonly id: string | null; readonly name: string };
  readonly root: string;
  /** The batch of the change, which may be undone before the rule runs. */
  readonly batch?: string;
  /** Depth of the change: 0 when a person or a door made it. */
  readonly depth: number;
  /** The rule and change the change itself followed from. */
  readonly cause?: { readonly change: string; readonly rule: string };
  /** Changed fields as they were before; only when the rule's values speak of `before`. */
  readonly before: Readonly<Record<string, Value>> | null;
  readonly timer?: TimerState;
  /** What came from outside, for rules that follow it. */
  readonly received?: RecordData;
  readonly progress?: Progress;
  /** One of the records of an `each`: the steps are those of that step. */
  readonly each?: { readonly step: string; readonly outer: Subject | null };
  /** The job the run began with, when this one goes on after a `wait`. Keys of outward steps and the run log stand on it. */
  readonly run?: string;
}

export interface Subject {
  readonly entity: string;
  readonly id: string;
}

/** What must still be so when the timer is due. */
export type TimerState =
  | { readonly kind: 'due'; readonly field: string; readonly value: Value; readonly due?: string }
  | { readonly kind: 'stayed'; readonly stage: string; readonly pipeline: Value; readonly due?: string }
  | { readonly kind: 'schedule'; readonly cron: string; readonly zone: string; readonly due: string };

export interface Progress {
  /** Key of the step to be done next: a rule may be edited while it waits. Null = all are done. */
  readonly next: string | null;
  /** Results by step key. */
  readonly steps: Readonly<Record<string, Value>>;
}

/** Both directions of the one place where the shape meets JSON. */
export function readJob(payload: Value): AutomationJob {
  return payload as unknown as AutomationJob;
}

export function writeJob(job: AutomationJob): Value {
  return job as unknown as Value;
}

/** Timers of one rule and record are replaced and cancelled together, with what waits inside a run. */
export function timerGroup(rule: string, record: string | null): string {
  return `${rule}:${record ?? ''}`;
}

/** The record the job is about; null where the rule has none. */
export function subjectOf({ entity, record }: AutomationJob): Subject | null {
  return entity === null || record === null ? null : { entity, id: record };
}
