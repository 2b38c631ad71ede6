import type { Change, Value } from '../../../model/types.ts';

/** What a row of the timeline is about, which decides its sign and its words. */
export type ItemKind = 'created' | 'updated' | 'moved' | 'deleted' | 'restored' | 'merged' | 'event';

export interface TimelineItem {
  readonly key: string;
  readonly kind: ItemKind;
  /** The newest of the changes told together. */
  readonly change: Change;
  /** All of them, newest first; more than one for parts changed in one go. */
  readonly changes: readonly Change[];
  /** The change is of the record whose card this is. */
  readonly isOwn: boolean;
}

interface Subject {
  readonly entity: string;
  readonly id: string;
  /** Entities whose records are parts of this one (lines): changes in a row are told together. */
  readonly parts: ReadonlySet<string>;
  /** Fields no form shows, which rules keep for themselves: an update of these alone is not told. */
  readonly isInner?: (entity: string, key: string) => boolean;
}

const KINDS: ReadonlySet<string> = new Set(['created', 'updated', 'moved', 'deleted', 'restored', 'merged']);
/** Parts changed within this time by the same hand are one piece of work. */
const TOGETHER_MS = 15 * 60_000;
const AT_ONCE_MS = 10_000;

const kindOf = (change: Change): ItemKind => (KINDS.has(change.kind) ? (change.kind as ItemKind) : 'event');
const time = (change: Change): number => new Date(change.at).getTime();

/** A document or mail leaves both an event and a record with more in it: the record is told. */
function isEcho(change: Change, changes: readonly Change[]): boolean {
  if (change.kind === 'document.generated')
    return changes.some((other) => other.entity === 'document' && other.record === change.fields['document']?.after);
  if (change.kind !== 'mail.sent') return false;
  return changes.some(
    (other) =>
      other.entity === 'activity' &&
      other.kind === 'created' &&
      other.fields['kind']?.after === 'mail' &&
      Math.abs(time(other) - time(change)) < AT_ONCE_MS,
  );
}

function isUntold(change: Change, { isInner }: Subject): boolean {
  if (!isInner || change.kind !== 'updated' || change.note) return false;
  const keys = changedKeys(change);
  return keys.length > 0 && keys.every((key) => isInner(change.entity, key));
}

const changedKeys = (change: Change): readonly string[] =>
  Object.keys(change.fields).filter(
    (key) => !key.includes(':') && key !== 'version' && key !== 'updatedAt' && key !== 'updatedBy',
  );

/** The changes of a record's timeline as rows to read, newest first. */
export function timelineItems(changes: readonly Change[], subject: Subject): readonly TimelineItem[] {
  const items: TimelineItem[] = [];
  for (const change of changes) {
    if (isEcho(change, changes) || isUntold(change, subject)) continue;
    const last = items.at(-1);
    if (last && subject.parts.has(change.entity) && goesWith(last.change, change)) {
      items[items.length - 1] = { ...last, changes: [...last.changes, change] };
    } else {
      items.push({
        key: change.id,
        kind: kindOf(change),
        change,
        changes: [change],
        isOwn: change.entity === subject.entity && change.record === subject.id,
      });
    }
  }
  return items;
}

const goesWith = (a: Change, b: Change): boolean =>
  a.entity === b.entity &&
  a.kind === b.kind &&
  a.kind !== 'moved' &&
  KINDS.has(a.kind) &&
  a.by.name === b.by.name &&
  Math.abs(time(a) - time(b)) < TOGETHER_MS;

/** Keys of the fields worth telling of an update: what was set by hand before what was counted. */
export function toldFields(change: Change, isCounted: (key: string) => boolean): readonly string[] {
  const keys = changedKeys(change);
  const byHand = keys.filter((key) => !isCounted(key));
  return byHand.length > 0 ? byHand : keys;
}

/** The values a change left behind, for records that cannot be read any more. */
export const valuesAfter = (change: Change): Readonly<Record<string, Value>> =>
  Object.fromEntries(Object.entries(change.fields).map(([key, value]) => [key, value.after]));

/** `callBackNewDeal` → `call back new deal`: a rule by its name where its title is not known. */
export const ruleText = (rule: string): string =>
  rule.replace(/([a-z\d])([A-Z])/g, (_all, left: string, right: string) => `${left} ${right.toLowerCase()}`);

/** Who did it: a person by name; "System: why" without the word the server puts before it. */
export const systemReason = (name: string): string => name.replace(/^system:?\s*/i, '');

/** Ids by entity of what the changes are about, the record itself left out, to fetch what stands there now. */
export function idsByEntity(
  changes: readonly Change[],
  subject: { readonly id: string },
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const change of changes) {
    if (change.record === subject.id) continue;
    const ids = found.get(change.entity) ?? new Set<string>();
    found.set(change.entity, ids.add(change.record));
  }
  return new Map([...found].map(([entity, ids]) => [entity, [...ids].sort()]));
}
