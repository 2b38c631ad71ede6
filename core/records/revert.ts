import { isNever } from '../access/combine.ts';
import { canonicalJson } from '../definitions/canonical-json.ts';
import type { Field } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { fieldForbidden } from './draft.ts';
import type { Draft } from './draft.ts';
import { completed } from './outcome.ts';
import { refuseUnsettable } from './rights.ts';
import { changeRecord } from './write.ts';
import type { WriteScope } from './write-scope.ts';

/** What of a record was changed, and by whom: fields a person or door had set are asked for; what rules did in answer to it goes along. */
export interface Reversal {
  /** Values before, by field and companion. */
  readonly before: RecordData;
  /** Values after, as the last of the changes left them. */
  readonly after: RecordData;
  /** Fields changed by the batch itself. */
  readonly asked: readonly string[];
}

/**
 * Puts former values back, with every check of an update but the stage gate: the way back was never a move. The caller must be allowed to
 * set the fields that were set; sequences, companions and values that nobody can set come along.
 */
export async function revertRecord(scope: WriteScope, current: RecordData, reversal: Reversal): Promise<RecordData> {
  const before = restorable(scope, reversal.before);
  const asked = [...new Set(reversal.asked.map(fieldOf))].filter((key) => {
    const field = scope.entity.fields.get(key);
    return field !== undefined && key in before && !field.readOnly;
  });
  refuseHidden(scope, asked);
  await refuseUnsettable(scope, current, { given: asked, action: 'update' });
  const values = Object.fromEntries(Object.entries(before).filter(([key]) => !scope.entity.fields.get(key)?.computed));
  const draft: Draft = { values, errors: [], given: [] };
  const computed = await completed(scope, draft, { id: String(current['id']), record: { ...current, ...values } });
  const record = { ...computed, ...keptFigures(scope, { current, computed, before, after: reversal.after }) };
  return changeRecord(scope, { draft, record, current, skipsGate: true });
}

/** `phone:typed` belongs to `phone`. */
function fieldOf(key: string): string {
  return key.replace(/:.*$/, '');
}

/** Former values of fields that still exist and are not kept right by the write itself. */
function restorable(scope: WriteScope, before: RecordData): Record<string, Value> {
  const isKept = (field: Field | undefined) =>
    field !== undefined && !field.rollup && (!field.system || field.key === 'stage' || field.key === 'pipeline');
  return Object.fromEntries(Object.entries(before).filter(([key]) => isKept(scope.entity.fields.get(fieldOf(key)))));
}

function refuseHidden(scope: WriteScope, asked: readonly string[]): void {
  const { access, entity } = scope;
  const closed = asked.filter((key) => isNever(access.settable(entity.name, key, 'update')));
  if (closed.length === 0) return;
  // A name the caller may not know must not stand in the refusal.
  if (closed.every((key) => access.lookup.field(entity.name, key))) throw fieldForbidden(closed);
  throw new CasementError('FORBIDDEN', 'You may not put back all that was changed here.');
}

interface Figures {
  readonly current: RecordData;
  /** The row as it would be, computed by today's prices and rates. */
  readonly computed: RecordData;
  readonly before: RecordData;
  readonly after: RecordData;
}

/**
 * Computed fields as they were, since what they look through may have changed: an old quote keeps its price. Only where other figures of
 * the record have moved meanwhile is the new result the right one.
 */
function keptFigures(scope: WriteScope, { current, computed, before, after }: Figures): RecordData {
  const kept: Record<string, Value> = {};
  const differs = (key: string) => !isSame({ ...computed, ...kept }[key], current[key]);
  for (const key of scope.entity.computedOrder) {
    const reads = scope.entity.fields.get(key)?.computed?.reads ?? [];
    if (key in before) {
      if (isSame(current[key], after[key])) kept[key] = before[key] ?? null;
    } else if (!reads.some((path) => differs(path.split('.')[0] ?? ''))) kept[key] = current[key] ?? null;
  }
  return kept;
}

function isSame(a: Value | undefined, b: Value | undefined): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}
