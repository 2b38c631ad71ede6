import type { Automation, Model } from '../definitions/model.ts';
import type { RecordData } from '../fields/field-type.ts';
import { isGone } from '../records/types.ts';
import type { Change } from '../records/types.ts';
import type { TimerState } from './automation-job.ts';
import { dueInstant, isAtStage, stayedInstant } from './timers.ts';
import type { OrganisationSettings } from './timers.ts';

/** One change as a rule looks at it: the same when it happens and when a rule is tried on the past. */
export interface Happening {
  readonly change: Change;
  readonly record: RecordData;
  readonly before: RecordData | null;
}

/**
 * First data and what is carried over have a past already; an undo puts back what was, and nobody has moved a card by it; two cards that
 * become one are what they were, and so is all that hangs on them.
 */
export function isNoNews({ door, isQuiet }: Pick<Change, 'door' | 'isQuiet'>): boolean {
  return door === 'seed' || door === 'undo' || door === 'merge' || isQuiet === true;
}

/** Whether the change is what a rule that follows changes waits for, conditions aside. */
export function fits({ on }: Automation, { change, record, before }: Happening): boolean {
  const changes = change.kind === 'updated' || change.kind === 'moved';
  switch (on.trigger) {
    case 'created':
    case 'deleted':
      return change.kind === on.trigger;
    case 'updated':
      return changes && (on.fields.length === 0 || on.fields.some((field) => field in change.fields));
    case 'entered':
      return (changes || change.kind === 'created') && isAtStage(on, record) && !isAtStage(on, before);
    case 'left':
      return changes && isAtStage(on, before) && !isAtStage(on, record);
    case 'event':
      return change.kind === on.event;
    default:
      return false;
  }
}

/** Whether this change sets the rule's timer of the record (anew), ends it, or does not concern it. */
export function timerVerdict({ on }: Automation, { change, record, before }: Happening): 'none' | 'set' | 'cancel' {
  const { kind } = change;
  if (isGone(kind)) return 'cancel';
  if (on.trigger === 'due') {
    if (kind === 'created' || kind === 'restored') return 'set';
    return (kind === 'updated' || kind === 'moved') && on.field in change.fields ? 'set' : 'none';
  }
  if (on.trigger !== 'stayed') return 'none';
  const isThere = isAtStage(on, record);
  if (kind === 'created' || kind === 'restored') return isThere ? 'set' : 'none';
  const wasThere = isAtStage(on, before);
  if (isThere === wasThere) return 'none';
  return isThere ? 'set' : 'cancel';
}

export interface Timer {
  /** Milliseconds. */
  readonly due: number;
  readonly state: TimerState;
}

export interface TimerSource {
  readonly model: Model;
  readonly organisation: OrganisationSettings;
  /** The instant of the change. */
  readonly at: number;
}

/** The timer of a rule for a record as it stands since `at`; null when there is none. Throws when its calendar cannot be used. */
export function timerOf({ on }: Automation, record: RecordData, of: TimerSource): Timer | null {
  if (on.trigger === 'due') {
    const due = dueInstant(on, record, { ...of.organisation, from: of.at });
    const state = { kind: 'due', field: on.field, value: record[on.field] ?? null } as const;
    return due === null ? null : { due, state: { ...state, due: new Date(due).toISOString() } };
  }
  if (on.trigger !== 'stayed' || !isAtStage(on, record)) return null;
  const due = stayedInstant(on, of.at, of);
  const state = { kind: 'stayed', stage: on.stage, pipeline: record['pipeline'] ?? null } as const;
  return { due, state: { ...state, due: new Date(due).toISOString() } };
}
