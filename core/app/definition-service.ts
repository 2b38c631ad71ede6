import { canonicalJson } from '../definitions/canonical-json.ts';
import { checkDefinitionGrant } from '../auth/definition-grant.ts';
import { instant } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import { DefinitionErrors } from '../definitions/definition-errors.ts';
import type { OverlayDocument, OverlayKind } from '../definitions/overlay.ts';
import { CasementError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { JsonSchema, Value } from '../fields/field-type.ts';
import type { Change } from '../records/types.ts';
import type { RecordsService } from '../records/create-records.ts';
import type { Database } from '../storage/database.ts';
import { refuseUnsafe } from '../storage/plan.ts';
import { describeDefinitions, describeOne } from './describe-definitions.ts';
import type { DefinitionDetail, DefinitionItem } from './describe-definitions.ts';
import type { Candidate, LiveModel, Proposal } from './live-model.ts';
import { dropRow, readOverlay, saveRow } from './overlay-rows.ts';
import type { OverlayRow } from './overlay-rows.ts';

/** A document of the overlay as it shall be; `json: null` takes it away. */
export interface DefinitionEdit {
  readonly kind: OverlayKind;
  readonly name: string;
  readonly json: JsonSchema | null;
  /** The version it starts from; 0 = not there yet. Undefined = whatever is there. */
  readonly version?: number;
}

/** One step of the storage plan, as it is shown. */
export interface PlannedStep {
  readonly table: string;
  readonly safety: string;
  readonly text: string;
}

export interface DefinitionService {
  /** Every document of every layer, in their order. */
  list(kind?: string): Promise<readonly DefinitionItem[]>;
  /** NOT_FOUND when no layer has it. */
  get(kind: string, name: string): Promise<DefinitionDetail>;
  /** What was written into the overlay under this name, newest first; NOT_FOUND when there is and was nothing. */
  changes(
    ctx: Context,
    of: { readonly kind: string; readonly name: string; readonly limit: number; readonly after?: string },
  ): Promise<{ readonly data: readonly Change[]; readonly next: string | null }>;
  /** What is wrong with an edit, and what it would do to the tables. Changes nothing. */
  check(ctx: Context, edit: DefinitionEdit): Promise<{ errors: readonly ErrorDetail[]; plan: readonly PlannedStep[] }>;
  /** Makes it so: VALIDATION, CONFLICT or FORBIDDEN leave everything as it was. */
  save(ctx: Context, edit: DefinitionEdit): Promise<DefinitionDetail | undefined>;
}

/** The name under which changes of definitions stand in the ledger. */
export const DEFINITION_SUBJECT = '_definition';

interface Parts {
  readonly db: Database;
  readonly live: LiveModel;
  readonly records: RecordsService;
}

export function createDefinitionService(parts: Parts): DefinitionService {
  const { db, live, records } = parts;
  const get = async (kind: string, name: string) => {
    const { rows } = await readOverlay(db);
    const found = describeOne(live.current(), rows, { kind, name });
    if (!found) throw new CasementError('NOT_FOUND', 'There is no such definition.');
    return found;
  };
  return {
    async list(kind) {
      const { rows } = await readOverlay(db);
      return describeDefinitions(live.current(), rows).filter((item) => kind === undefined || item.kind === kind);
    },
    get,
    async changes(ctx, of) {
      const page = await historyOf(records, ctx, of);
      if (page.data.length === 0 && of.after === undefined) await get(of.kind, of.name);
      return page;
    },
    async check(ctx, edit) {
      try {
        const { candidate } = await live.change<never>({
          propose: (proposal) => propose(proposal, edit),
          judge(found) {
            refuseUnlawful(ctx, edit, found);
            return false;
          },
          store: () => Promise.reject(new Error('A check stores nothing.')),
        });
        return { errors: [], plan: candidate.plan.steps.map(({ table, safety, text }) => ({ table, safety, text })) };
      } catch (error) {
        if (error instanceof DefinitionErrors) return { errors: detailsOf(error), plan: [] };
        throw error;
      }
    },
    async save(ctx, edit) {
      let before: OverlayRow | undefined;
      try {
        await live.change({
          propose(proposal) {
            before = rowOf(proposal.rows, edit);
            return propose(proposal, edit);
          },
          judge(candidate) {
            refuseUnlawful(ctx, edit, candidate);
            refuseUnsafe(candidate.plan);
            return true;
          },
          store: (tx, epoch) => store(parts, { ...ctx, tx }, { edit, before, epoch }),
        });
      } catch (error) {
        if (!(error instanceof DefinitionErrors)) throw error;
        throw new CasementError('VALIDATION', sentenceOf(error), { errors: detailsOf(error) });
      }
      return edit.json === null ? get(edit.kind, edit.name).catch(nothingLeft) : get(edit.kind, edit.name);
    },
  };
}

function nothingLeft(error: unknown): undefined {
  if (error instanceof CasementError && error.code === 'NOT_FOUND') return undefined;
  throw error;
}

function historyOf(
  records: RecordsService,
  ctx: Context,
  { kind, name, ...page }: Parameters<DefinitionService['changes']>[1],
) {
  return records.otherChanges(ctx, { subject: DEFINITION_SUBJECT, id: `${kind}/${name}`, ...page });
}

function rowOf(rows: readonly OverlayRow[], { kind, name }: DefinitionEdit): OverlayRow | undefined {
  return rows.find((row) => row.kind === kind && row.name === name);
}

function propose({ rows }: Proposal, edit: DefinitionEdit): readonly OverlayDocument[] {
  const row = rowOf(rows, edit);
  if (edit.version !== undefined && edit.version !== (row?.version ?? 0)) {
    const current = row ? { version: row.version, document: row.json } : null;
    throw new CasementError('CONFLICT', 'Somebody else changed this definition meanwhile. Read it again and repeat.', {
      status: 412,
      extra: { current },
    });
  }
  if (!row && edit.json === null)
    throw new CasementError('NOT_FOUND', 'The overlay does not hold this definition: it is as its package says.');
  const others = rows.filter((other) => other !== row);
  const { kind, name, json } = edit;
  return json === null ? others : [...others, { kind, name, json }].sort(byPlace);
}

/** The order of `_definitions`, so that what is tried is what the next start reads. */
function byPlace(a: OverlayDocument, b: OverlayDocument): number {
  const [left, right] = [`${a.kind}/${a.name}`, `${b.kind}/${b.name}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function refuseUnlawful({ principal }: Context, { kind }: DefinitionEdit, { before, after }: Candidate): void {
  checkDefinitionGrant(principal, { kind, before, after });
  if (principal.kind === 'system') return;
  const keeps = principal.roles.some((name) => after.roles.get(name)?.operations.includes('definitions'));
  if (!keeps)
    throw new CasementError('FORBIDDEN', 'With this you could not change definitions any more, not even back.');
}

interface Storing {
  readonly edit: DefinitionEdit;
  readonly before: OverlayRow | undefined;
  readonly epoch: number;
}

async function store(
  { records }: Parts,
  ctx: Context & { readonly tx: Transaction },
  { edit, before, epoch }: Storing,
): Promise<void> {
  const { kind, name, json } = edit;
  if (json === null) await dropRow(ctx.tx, { kind, name });
  else
    await saveRow(ctx.tx, {
      kind,
      name,
      json,
      version: epoch,
      updatedAt: instant(ctx.clock),
      updatedBy: ctx.principal.id,
    });
  await records.recordOther(ctx, {
    subject: DEFINITION_SUBJECT,
    id: `${kind}/${name}`,
    kind: json === null ? 'definition.removed' : 'definition.saved',
    fields: { document: { before: valueOf(before?.json), after: valueOf(json) } },
    version: epoch,
  });
}

/** A document is JSON, so its canonical text read back is a value of the ledger. */
export function valueOf(json: JsonSchema | null | undefined): Value {
  return json ? (JSON.parse(canonicalJson(json)) as Value) : null;
}

const MOST_TOLD = 100;

function detailsOf({ errors }: DefinitionErrors): readonly ErrorDetail[] {
  return errors.slice(0, MOST_TOLD).map(({ file, pointer, message }) => ({
    path: `${file}#${pointer || '/'}`,
    code: 'definition',
    message,
  }));
}

function sentenceOf({ errors }: DefinitionErrors): string {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${first?.message ?? 'The definition is wrong.'}${more}`;
}
