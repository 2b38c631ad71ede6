import type { Context, Transaction } from '../context.ts';
import type { JsonSchema, RecordData, Value } from '../fields/field-type.ts';
import type { Records } from '../records/types.ts';
import type { Subject } from './automation-job.ts';

/** What a step's action sees. */
export interface StepContext {
  /** Door `automation`, the chain of causes, and the rule's principal. */
  readonly ctx: Context;
  readonly records: Records;
  readonly rule: string;
  readonly step: string;
  /** The same at every try of this step and of no other: what a receiver recognises a repetition by. */
  readonly key: string;
  /** The record the rule runs for; null where it has none. */
  readonly subject: Subject | null;
  /** That record, with what the rule loads expanded; empty where there is none. */
  readonly record: RecordData;
  /** The step's `with`, worked out; texts in the organisation's language. */
  readonly input: StepInput;
  /** The same with texts in the language of who reads them; null = the organisation's. */
  inputIn(language: string | null): StepInput;
  /** A line of the run log, readable by people. */
  log(message: string, data?: Value): void;
}

export type StepInput = Readonly<Record<string, unknown>>;

/** Inside the transaction that keeps what the step did. */
export interface RecordStepContext extends StepContext {
  readonly ctx: Context & { readonly tx: Transaction };
}

interface ActionBase {
  readonly name: string;
  /** What `with` holds once its values are worked out; screens draw its form from it. */
  readonly input: JsonSchema;
}

/** Works on our own records only: it runs in the transaction of the job's progress, so its effect happens exactly once. */
export interface RecordAction extends ActionBase {
  readonly kind: 'record';
  /** Answers what later steps see as `steps.<key>`. */
  run(step: RecordStepContext): Promise<Value>;
}

/** Reaches the world: it runs outside any transaction, at least once, always with the same key. */
export interface OutwardAction extends ActionBase {
  readonly kind: 'outward';
  run(step: StepContext): Promise<Value>;
  /** What it leaves in our records once it is accepted; in the transaction that notes it as done. */
  settle?(step: RecordStepContext, result: Value): Promise<void>;
}

/** Says which steps run, when and for what; the run itself does it (`control.ts`). */
export interface ControlAction extends ActionBase {
  readonly kind: 'control';
  readonly name: 'wait' | 'branch' | 'each';
}

export type ActionType = RecordAction | OutwardAction | ControlAction;
