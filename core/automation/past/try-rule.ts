import type { Automation, Model } from '../../definitions/model.ts';
import { CasementError } from '../../errors.ts';
import type { RecordData } from '../../fields/field-type.ts';
import type { FollowedChange } from '../../records/changes-since.ts';
import type { Change, Records } from '../../records/types.ts';
import { nextTime } from '../../rules/cron.ts';
import { conditionEnv } from '../conditions.ts';
import type { Money } from '../conditions.ts';
import { titleOf } from '../describe.ts';
import type { RenderText } from '../step-input.ts';
import { dueInstant } from '../timers.ts';
import type { OrganisationSettings } from '../timers.ts';
import { fits, isNoNews, timerOf, timerVerdict } from '../triggers.ts';
import { createDueQueue } from './due-queue.ts';
import type { DueQueue } from './due-queue.ts';
import { heldThen } from './holds-then.ts';
import { planSteps } from './plan-steps.ts';
import type { PlannedStep } from './plan-steps.ts';
import { createWorld } from './world.ts';
import type { World } from './world.ts';

export interface TryDeps {
  readonly records: Pick<Records, 'changesSince'>;
  readonly organisation: () => OrganisationSettings & Money;
  readonly renderText: RenderText;
}

export interface TryQuery {
  readonly model: Model;
  readonly rule: Automation;
  /** Milliseconds. */
  readonly since: number;
  readonly until: number;
}

/** One run that would have been. */
export interface WouldRun {
  readonly at: string;
  readonly entity: string | null;
  readonly record: string | null;
  /** What people call the record. */
  readonly display: string;
  readonly steps: readonly PlannedStep[];
}

export interface TryReport {
  readonly rule: string;
  readonly since: string;
  readonly until: string;
  /** How many there are; the first 1,000 are listed. */
  readonly total: number;
  readonly runs: readonly WouldRun[];
}

/** More than this takes longer than somebody waits. */
const MOST_CHANGES = 300_000;
const MOST_LISTED = 1_000;
/** Conditions asked: a rule that rings every minute for every record. */
const MOST_ASKED = 500_000;
const DAY = 86_400_000;

/** A timer that waits in the past. */
interface Pending {
  /** When it rings: not before it was set. */
  readonly due: number;
  readonly me: string | null;
}

interface Replay extends TryQuery {
  readonly deps: TryDeps;
  readonly world: World;
  /** By record. */
  readonly timers: Map<string, Pending>;
  /** The order in which they ring; what was replaced meanwhile is passed over. */
  readonly queue: DueQueue;
  readonly runs: WouldRun[];
  counted: number;
  asked: number;
  /** The next time of a rule of the clock. */
  clock: number | null;
}

/**
 * What a rule would have done over a time that is past, from the ledger, without doing any of it (D-10): as if it had been in force and a server
 * had run all the while. What it would itself have changed is not played on. VALIDATION for rules that follow what the ledger does not hold.
 */
export async function tryRule(deps: TryDeps, query: TryQuery): Promise<TryReport> {
  const { rule, since, until } = query;
  refuseUnknowable(rule);
  const replay: Replay = {
    ...query,
    deps,
    world: createWorld(query.model),
    timers: new Map(),
    queue: createDueQueue(),
    runs: [],
    counted: 0,
    asked: 0,
    clock: null,
  };
  replay.clock = clockAfter(replay, since - 1);
  await replayLedger(replay);
  ringUntil(replay, until);
  return {
    rule: rule.name,
    since: new Date(since).toISOString(),
    until: new Date(until).toISOString(),
    total: replay.counted,
    runs: replay.runs,
  };
}

function refuseUnknowable({ on, name }: Automation): void {
  if (on.trigger !== 'received' && on.trigger !== 'manual') return;
  const what = on.trigger === 'received' ? 'what came in from outside' : 'who would have pressed its button';
  throw new CasementError('VALIDATION', `Rule ${name} cannot be tried on the past: the history does not hold ${what}.`);
}

async function replayLedger(replay: Replay): Promise<void> {
  let read = 0;
  for (let after: string | undefined; ;) {
    const page = await replay.deps.records.changesSince(after === undefined ? {} : { after });
    read += page.changes.length;
    if (read > MOST_CHANGES)
      throw new CasementError(
        'TOO_LARGE',
        `The history holds more than ${MOST_CHANGES} changes; a rule is tried on fewer.`,
      );
    for (const change of page.changes) if (Date.parse(change.at) <= replay.until) play(replay, change);
    if (!page.more) return;
    after = page.next;
  }
}

function play(replay: Replay, change: FollowedChange): void {
  const { world, model, rule } = replay;
  ringUntil(replay, Date.parse(change.at));
  if (!model.entities.has(change.entity)) return;
  const { before, after } = world.apply(change);
  const parents = change.derived.map((parent) => {
    const pseudo: Change = { ...change, ...parent, kind: 'updated' };
    return { pseudo, ...world.apply({ ...pseudo, isDerived: true }) };
  });
  // Rules see every figure that has moved with the change.
  if (change.entity === rule.on.entity) follow(replay, { change: told(change), before, after });
  for (const { pseudo, ...sides } of parents)
    if (pseudo.entity === rule.on.entity && sides.after['deletedAt'] === null)
      follow(replay, { change: told(pseudo), ...sides });
}

/** What an import carried over was quiet; the ledger tells it by its door. */
function told(change: Change): Change {
  return change.door === 'import' ? { ...change, isQuiet: true } : change;
}

interface Played {
  readonly change: Change;
  readonly before: RecordData | null;
  readonly after: RecordData;
}

function follow(replay: Replay, { change, before, after }: Played): void {
  const { rule, timers, model, deps } = replay;
  const at = Date.parse(change.at);
  const happening = { change, before, record: after };
  if (rule.on.trigger !== 'due' && rule.on.trigger !== 'stayed') {
    if (!isNoNews(change) && fits(rule, happening)) ring(replay, { at, record: after, me: change.by.id });
    return;
  }
  const verdict = timerVerdict(rule, happening);
  if (verdict === 'none') return;
  timers.delete(change.record);
  if (verdict === 'cancel') return;
  const timer = timerOf(rule, after, { model, organisation: deps.organisation(), at });
  const onlyAhead = isNoNews(change) || change.kind === 'restored';
  if (!timer || (onlyAhead && timer.due <= at)) return;
  setTimer(replay, change.record, { due: Math.max(timer.due, at), me: change.by.id });
}

/** Everything that fell due up to this instant, in its order. */
function ringUntil(replay: Replay, until: number): void {
  for (;;) {
    const next = replay.queue.first();
    const clock = replay.clock !== null && replay.clock <= until ? replay.clock : null;
    if (clock !== null && (!next || clock <= next.due)) ringClock(replay, clock);
    else if (next && next.due <= until) ringTimer(replay, replay.queue.take());
    else return;
  }
}

function setTimer({ timers, queue }: Replay, id: string, timer: Pending): void {
  timers.set(id, timer);
  queue.add({ id, due: timer.due });
}

function ringTimer(replay: Replay, { id, due }: { readonly id: string; readonly due: number }): void {
  const { rule, world, timers, deps } = replay;
  const timer = timers.get(id);
  if (timer?.due !== due) return;
  const { me } = timer;
  timers.delete(id);
  const record = world.find(rule.on.entity ?? '', id);
  if (!record || record['deletedAt'] !== null) return;
  if (rule.on.trigger === 'due' && rule.on.every) {
    const next = dueInstant(rule.on, record, { zone: deps.organisation().zone, from: due + DAY });
    if (next !== null) setTimer(replay, id, { due: next, me });
  }
  ring(replay, { at: due, record, me });
}

function ringClock(replay: Replay, at: number): void {
  const { rule, world } = replay;
  replay.clock = clockAfter(replay, at);
  if (rule.on.entity === undefined) return ring(replay, { at, record: null, me: null });
  for (const record of world.all(rule.on.entity)) ring(replay, { at, record, me: null });
}

function clockAfter({ rule: { on }, deps }: Pick<Replay, 'rule' | 'deps'>, after: number): number | null {
  if (on.trigger !== 'schedule') return null;
  return nextTime({ cron: on.cron, zone: on.zone ?? deps.organisation().zone }, after);
}

interface Rung {
  readonly at: number;
  readonly record: RecordData | null;
  readonly me: string | null;
}

function ring(replay: Replay, { at, record, me }: Rung): void {
  const { rule, world, deps, model, since } = replay;
  replay.asked += 1;
  if (replay.asked > MOST_ASKED)
    throw new CasementError(
      'TOO_LARGE',
      `The rule would have been asked more than ${MOST_ASKED} times. Try a shorter time.`,
    );
  const env = conditionEnv(deps.organisation(), { me, now: at });
  if (at < since || (record && !heldThen(world, rule.when, { record, env }))) return;
  replay.counted += 1;
  if (replay.runs.length >= MOST_LISTED) return;
  const { entity } = rule.on;
  replay.runs.push({
    at: new Date(at).toISOString(),
    entity: record ? (entity ?? null) : null,
    record: record ? String(record['id']) : null,
    display: record && entity !== undefined ? titleOf(model.entity(entity), record) : '',
    steps: planSteps({ ...replay, organisation: deps.organisation(), renderText: deps.renderText }, { at, record, me }),
  });
}
