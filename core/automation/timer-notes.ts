import type { Transaction } from '../context.ts';
import type { Automation, Model } from '../definitions/model.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import type { DueTrigger, OrganisationSettings, StayedTrigger } from './timers.ts';

/** What the timers in the database were set by, kept beside them: rules change while no server runs, too. */
export type TimerNotes = Readonly<Record<string, TimerNote>>;

export interface TimerNote {
  /** The trigger. */
  readonly on: string;
  /** The zone and the hours it counts by. */
  readonly by: string;
}

export function notesOf(model: Model, organisation: OrganisationSettings): TimerNotes {
  const notes = [...model.automations.values()].flatMap((rule) => {
    if (!isTimer(rule)) return [];
    const by = model.entities.has(rule.on.entity) ? timeOf(model, organisation, rule) : '';
    return [[rule.name, { on: JSON.stringify(rule.on), by }] as const];
  });
  return Object.fromEntries(notes);
}

/** A rule whose timers stand on records. */
export type TimerRule = Automation & { readonly on: DueTrigger | StayedTrigger };

/** One that is switched off has none. */
export function isTimer(rule: Automation): rule is TimerRule {
  return rule.enabled && (rule.on.trigger === 'due' || rule.on.trigger === 'stayed');
}

function timeOf(model: Model, organisation: OrganisationSettings, { on }: TimerRule): string {
  if (on.trigger === 'due') {
    const isDate = model.entity(on.entity).fields.get(on.field)?.type.name === 'date';
    return isDate ? organisation.zone : '';
  }
  if (on.trigger !== 'stayed' || on.calendar === undefined) return '';
  const calendar = model.calendars.get(on.calendar);
  return JSON.stringify([calendar?.zone ?? organisation.zone, calendar?.week, calendar?.holidays]);
}

/** Rules whose timers must be set anew. */
export interface TimerDifference {
  /** Their trigger is another, or they are new or gone: every record is looked at. */
  readonly rules: readonly string[];
  /** Only the hours they count by: what has rung does not ring again. */
  readonly hours: readonly string[];
}

export function differenceOf(before: TimerNotes, after: TimerNotes): TimerDifference {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const rules = names.filter((name) => before[name]?.on !== after[name]?.on);
  const hours = names.filter((name) => before[name]?.by !== after[name]?.by && !rules.includes(name));
  return { rules, hours };
}

/** Undefined: none were ever kept. */
export async function readNotes(reader: Pick<Transaction, 'all'>): Promise<TimerNotes | undefined> {
  const [row] = await reader.all<{ value: string }>(sql`select "value" from "_meta" where "key" = 'timers'`);
  return row && (JSON.parse(row.value) as TimerNotes);
}

export async function writeNotes(tx: Transaction, notes: TimerNotes): Promise<void> {
  await tx.run(sql`insert into "_meta" ("key", "value") values ('timers', ${JSON.stringify(notes)})
    on conflict ("key") do update set "value" = excluded."value"`);
}

/** Processes that find a difference at once find it one after another. */
export async function holdNotes(db: Pick<Database, 'dialect'>, tx: Transaction): Promise<void> {
  if (db.dialect === 'postgres') await tx.all(sql`select pg_advisory_xact_lock(4274, 15)`);
}
