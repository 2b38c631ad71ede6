import type { StageHistory } from '../records/stage-history.ts';
import type { RecordData } from '../fields/field-type.ts';

/** Instants in milliseconds; `until` not included. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** What a report over moves counts once: a record, or a record in one stage. */
export interface Unit {
  readonly record: string;
  readonly values: RecordData;
  /** When the first of its stages was entered, in milliseconds. */
  readonly entered: number;
  /** Funnel: every stage it was in from then on. Stages: the one it is about, or all that it is merged of. */
  readonly stages: ReadonlySet<string>;
  /** Milliseconds in these stages, up to now where it has not left. */
  readonly time: number;
  readonly isOpen: boolean;
  readonly isLate: boolean;
}

interface Visit {
  readonly stage: string | null;
  readonly from: number;
  /** Null while it lasts. */
  readonly to: number | null;
}

/** The visits of one pipeline. One record may come to a stage again and again. */
function visitsOf({ moves }: StageHistory, pipeline: string): readonly Visit[] {
  return moves.flatMap(({ at, ...move }, index) =>
    move.pipeline === pipeline ? [{ stage: move.stage, from: at, to: moves[index + 1]?.at ?? null }] : [],
  );
}

interface CohortOf {
  readonly pipeline: string;
  readonly stages: readonly string[];
  readonly during: Span;
}

/** Records that entered the first stage within the span, each counted from its first time. */
export function cohort(histories: readonly StageHistory[], { pipeline, stages, during }: CohortOf): readonly Unit[] {
  return histories.flatMap((history): readonly Unit[] => {
    const visits = visitsOf(history, pipeline);
    const start = visits.findIndex(({ stage, from }) => stage === stages[0] && isWithin(from, during));
    const first = visits[start];
    if (!first) return [];
    const reached = visits.slice(start).flatMap(({ stage }) => (stage === null ? [] : [stage]));
    const { record, values } = history;
    return [{ record, values, entered: first.from, stages: new Set(reached), time: 0, isOpen: false, isLate: false }];
  });
}

interface StaysOf extends CohortOf {
  readonly now: number;
  /** Milliseconds between two instants. */
  between(from: number, to: number): number;
  /** Milliseconds a record may be in a stage. */
  readonly goals: ReadonlyMap<string, number>;
}

/** Records in each stage they entered within the span: the time of all their visits there that began in it. */
export function stays(histories: readonly StageHistory[], of: StaysOf): readonly Unit[] {
  return histories.flatMap((history) => {
    const visits = visitsOf(history, of.pipeline).filter(({ from }) => isWithin(from, of.during));
    return of.stages.flatMap((stage): readonly Unit[] => {
      const here = visits.filter((visit) => visit.stage === stage);
      const [first] = here;
      if (!first) return [];
      const time = here.reduce((sum, { from, to }) => sum + of.between(from, to ?? of.now), 0);
      const isOpen = here.some(({ to }) => to === null);
      const isLate = time > (of.goals.get(stage) ?? Infinity);
      const { record, values } = history;
      return [{ record, values, entered: first.from, stages: new Set([stage]), time, isOpen, isLate }];
    });
  });
}

/** One unit for each record, its stages put together. */
export function mergedByRecord(units: readonly Unit[]): readonly Unit[] {
  const merged = new Map<string, Unit>();
  for (const unit of units) {
    const known = merged.get(unit.record);
    if (!known) merged.set(unit.record, unit);
    else
      merged.set(unit.record, {
        ...known,
        entered: Math.min(known.entered, unit.entered),
        stages: new Set([...known.stages, ...unit.stages]),
        time: known.time + unit.time,
        isOpen: known.isOpen || unit.isOpen,
        isLate: known.isLate || unit.isLate,
      });
  }
  return [...merged.values()];
}

function isWithin(at: number, { from, until }: Span): boolean {
  return at >= from && at < until;
}
