import type { Value } from '../fields/field-type.ts';

export const JOB_KIND = 'automation';

/** What a rule's job knows: the change it follows from and how far it has come. Kept as JSON in the job's row. */
export interface AutomationJob {
  readonly rule: string;
  readonly entity: string;
  readonly record: string;
  readonly change: string;
  /** A ChangeKind or the name of an event. */
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
  readonly progress?: Progress;
}

/** What must still be so when the timer is due. */
export type TimerState =
  | { readonly kind: 'due'; readonly field: string; readonly value: Value }
  | { readonly kind: 'stayed'; readonly stage: string; readonly pipeline: Value };

export interface Progress {
  /** Index of the step to be done next. */
  readonly next: number;
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

/** Timers of one rule and record are replaced and cancelled together. */
export function timerGroup(rule: string, record: string): string {
  return `${rule}:${record}`;
}
