import { instant } from '../context.ts';
import { validationError } from '../errors.ts';
import type { RecordData } from '../fields/field-type.ts';
import { updateHeldRecord } from '../storage/rows.ts';
import { currentRow } from './current-row.ts';
import { draftOf } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Footing } from './ledger.ts';
import { nameTargets } from './name-targets.ts';
import { completed, errorsOf, refuseUncleanNote } from './outcome.ts';
import { record as recordChange } from './record-change.ts';
import { refuseOutside, refuseOutsideButOwner, refuseStale, refuseUnlessAssigner, refuseUnsettable } from './rights.ts';
import { lockParents } from './hold-family.ts';
import { differences, refreshParents } from './rollups.ts';
import { answerable, settleStage, stageGate, unmet } from './stage-gate.ts';
import type { WriteCommand } from './types.ts';
import type { WriteScope } from './write-scope.ts';

type Update = Extract<WriteCommand, { op: 'update' }>;

/**
 * JSON Merge Patch on a record, and canonical values that go along without anybody having named them. A changed stage is a move and passes its
 * gate; a changed owner is an assignment. Answers the whole row.
 */
export async function updateRecordFields(
  scope: WriteScope,
  command: Update,
  along: RecordData = {},
): Promise<RecordData> {
  const footing = footingBeside(scope, command.id);
  const input = { ...command.input, ...along };
  const current = await currentRow(scope, command.id, { action: 'update', input, besides: footing.ask });
  await refuseStale(scope, current, command.version);
  refuseUncleanNote(command.note);
  const draft = draftOf(scope, { input: await nameTargets(scope, command.input, current), current });
  await refuseUnsettable(scope, current, { given: draft.given, action: 'update' });
  for (const [key, value] of Object.entries(along)) if (!(key in draft.values)) draft.values[key] = value;
  settleStage(scope, draft.values, current);
  const id = String(current['id']);
  const record = await completed(scope, draft, { id, record: { ...current, ...draft.values } });
  const note = command.note === undefined ? {} : { note: command.note };
  return changeRecord(scope, { draft, record, current, ...note, footing: footing.asked });
}

/** What the record's next change stands on, asked for together with its row. */
function footingBeside({ tx, entity, deps }: WriteScope, id: string) {
  let answer: Promise<Footing> | undefined;
  return {
    ask() {
      answer = deps.ledger.footing(tx, { entity: entity.name, count: 1, records: [id.toLowerCase()] });
      // Nobody waits for it where the row is not there.
      answer.catch(() => undefined);
    },
    asked: () => answer,
  };
}

export interface RecordChange {
  readonly draft: Draft;
  /** The locked row as it is. */
  readonly current: RecordData;
  /** The whole row as it shall be, but for its version and stamps. */
  readonly record: RecordData;
  readonly note?: string;
  /** A way back is no move: neither the transition nor what it requires is asked for. */
  readonly skipsGate?: boolean;
  /** Only what changes is checked: the rest may be older than the rules of today. */
  readonly keepsRest?: boolean;
  /** What the change stands on in the ledger, where that was asked for with the row. */
  readonly footing?: () => Promise<Footing> | undefined;
}

/** The half of every update that checks and stores: the same for a change that is wanted and for one that is taken back. */
export async function changeRecord(scope: WriteScope, change: RecordChange): Promise<RecordData> {
  const { draft, record, current, note } = change;
  const id = String(current['id']);
  const changed = Object.keys(differences(current, record));
  const handsOver = scope.entity.owner !== undefined && changed.includes(scope.entity.owner);
  if (handsOver) await refuseUnlessAssigner(scope, current);
  const parents = await lockParents(scope, { sides: [current, record], changed });
  const moves = change.skipsGate !== true && (changed.includes('stage') || changed.includes('pipeline'));
  const checks = change.keepsRest === true ? changed : undefined;
  const gate = await checkedGate(scope, { draft, record, current, changed, moves, ...(checks ? { checks } : {}) });
  if (changed.length === 0) return current;
  const version = Number(current['version']) + 1;
  const after = { ...record, version, updatedAt: instant(scope.ctx.clock), updatedBy: scope.ctx.principal.id };
  await storeChanges(scope, current, after);
  const missing = await unmet(scope, id, gate);
  if (missing.length > 0) throw validationError(missing);
  await (handsOver ? refuseOutsideButOwner(scope, current, after) : refuseOutside(scope, after, 'update'));
  const derived = await refreshParents(scope, parents);
  const what = { kind: changeKind(changed), before: current, after, derived, ...(note === undefined ? {} : { note }) };
  await recordChange(scope, what, await change.footing?.());
  return after;
}

interface Changing {
  readonly draft: Draft;
  readonly record: RecordData;
  readonly current: RecordData;
  readonly changed: readonly string[];
  readonly moves: boolean;
  /** The fields of which errors count; all when absent. */
  readonly checks?: readonly string[];
}

/** Refuses with all errors at once; answers what of the gate is still to be asked once the row is stored. */
async function checkedGate(scope: WriteScope, { draft, record, current, changed, moves, checks }: Changing) {
  const gate = moves ? stageGate(scope, record, current) : { errors: [], open: [] };
  const [found = []] = await errorsOf(scope, [{ draft, record, changed, gate: gate.errors }]);
  const errors = checks ? found.filter(({ path }) => checks.includes(path.split('/')[1] ?? '')) : found;
  if (errors.length === 0) return gate.open;
  const missing = await unmet(scope, String(current['id']), answerable(gate.open, changed));
  throw validationError([...errors, ...missing]);
}

function changeKind(changed: readonly string[]): 'moved' | 'updated' {
  return changed.includes('stage') || changed.includes('pipeline') ? 'moved' : 'updated';
}

/** Writes what differs; the version of `current`, which is held, must still stand. */
async function storeChanges(scope: WriteScope, current: RecordData, after: RecordData): Promise<void> {
  const changes = Object.fromEntries(Object.keys(differences(current, after)).map((key) => [key, after[key] ?? null]));
  for (const key of Object.keys(changes)) {
    // A companion is stored with its field, so the field has to come along.
    const field = key.replace(/:.*$/, '');
    changes[field] ??= after[field] ?? null;
    if (`${field}:typed` in after) changes[`${field}:typed`] ??= after[`${field}:typed`] ?? null;
  }
  const expectedVersion = Number(current['version']);
  await updateHeldRecord(scope.tx, scope.entity, { id: String(current['id']), changes, expectedVersion });
}
