import { accessOf } from '../access/access.ts';
import type { Access, FieldGrant, RowGrant } from '../access/access.ts';
import { isNever } from '../access/combine.ts';
import type { Context } from '../context.ts';
import type { Action, Entity, Field } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { Condition } from '../rules/condition.ts';
import { didYouMean } from '../rules/parse-condition.ts';
import { isSetBySystem } from './draft.ts';
import { tellLevel, tellRule } from './explain-rule.ts';
import { sentenceOf } from './explain-sentence.ts';
import type { Because, ExplainQuery, Explanation } from './explain-types.ts';
import { readOne, readerOf } from './read.ts';
import type { ReadDeps } from './read.ts';
import { loadRow } from './write-scope.ts';

/** The rights an action takes, one after another: what cannot be read is not there to be changed. */
const NEEDED: Readonly<Record<Action, readonly Action[]>> = {
  read: ['read'],
  create: ['create'],
  update: ['read', 'update'],
  delete: ['read', 'delete'],
  assign: ['read', 'update', 'assign'],
};

/** Everything one explanation is made with. */
interface Question {
  readonly deps: ReadDeps;
  /** Of the subject: `$me` is he. */
  readonly ctx: Context;
  readonly asker: Access;
  readonly subject: Access;
  readonly entity: Entity;
  readonly id: string | null;
  readonly field: Field | null;
  readonly action: Action;
  readonly isInBin: boolean;
  /** Does the condition hold for the record? Without one: can it hold for any? */
  holds(rows: Condition): Promise<boolean>;
}

/**
 * Who may do this, and which rule of which role decides: asked of the very conditions that reads and writes are filtered by. The asker
 * learns nothing of records, entities and fields that he may not read himself.
 */
export async function explain(deps: ReadDeps, asker: Context, query: ExplainQuery): Promise<Explanation> {
  const question = await questionOf(deps, asker, query);
  const { entity, id, field, action } = question;
  const row = await rowVerdict(question);
  const fieldSays = field === null ? null : await fieldVerdict(question, field);
  const told = {
    allowed: query.isActive && row.allowed && (fieldSays?.allowed ?? true),
    user: { id: query.subject.id, name: query.subject.name },
    action,
    entity: entity.name,
    id,
    row,
    field: fieldSays,
    because: [...(await rowReasons(question)), ...(await fieldReasons(question))],
  };
  return { ...told, sentence: sentenceOf(entity, told, query.isActive) };
}

async function questionOf(deps: ReadDeps, asker: Context, query: ExplainQuery): Promise<Question> {
  const model = deps.model();
  const access = accessOf(model, asker.principal);
  const entity = model.entities.get(query.entity);
  if (!entity || !access.can(entity.name, 'read'))
    throw new CasementError('NOT_FOUND', `There is no entity "${query.entity.slice(0, 60)}".`);
  const field = fieldOf(access, entity, query);
  const record =
    query.id === undefined
      ? null
      : await readOne(deps, asker, { entity: entity.name, id: query.id, fields: ['id'], deleted: 'with' });
  const id = record === null ? null : String(record['id']);
  const ctx = { ...asker, principal: query.subject };
  const scope = { deps, ctx, tx: readerOf(deps, asker), entity, organisation: deps.organisation() };
  return {
    deps,
    ctx,
    asker: access,
    subject: accessOf(model, query.subject),
    entity,
    id,
    field,
    action: query.action,
    isInBin: record !== null && (await loadRow(scope, String(id), { rows: YES, deleted: 'only' })) !== null,
    holds: async (rows) => {
      if (rows.kind === 'constant') return rows.value;
      return id === null || (await loadRow(scope, id, { rows, deleted: 'with' })) !== null;
    },
  };
}

const YES: Condition = { kind: 'constant', value: true };

/** Handing over is to set the owner. */
function fieldOf(access: Access, entity: Entity, { field, action }: ExplainQuery): Field | null {
  const key = action === 'assign' ? entity.owner : field;
  if (field !== undefined && (action === 'delete' || (action === 'assign' && field !== entity.owner)))
    throw new CasementError('BAD_REQUEST', `A field is not asked for with the action "${action}".`);
  if (key === undefined) return null;
  const found = access.lookup.field(entity.name, key) ? entity.fields.get(key) : undefined;
  if (found) return found;
  if (action === 'assign' && field === undefined) return null;
  const hint = didYouMean(key, access.lookup.keys(entity.name));
  throw new CasementError('BAD_REQUEST', `${entity.name} has no field "${key.slice(0, 60)}".${hint}`);
}

/** The rights on rows that are asked for; another value of the owner field hands the record over. */
function neededFor({ action, field, entity }: Question): readonly Action[] {
  return action === 'update' && field !== null && field.key === entity.owner ? NEEDED.assign : NEEDED[action];
}

async function rowVerdict(question: Question): Promise<Explanation['row']> {
  const { subject, entity, isInBin, action } = question;
  const limit = rowLimit(question);
  const rights = neededFor(question).map((need) => subject.rows(entity.name, need));
  const verdicts = await Promise.all(rights.map((rows) => question.holds(rows)));
  const isReachable = !isInBin || action === 'read' || action === 'create';
  return { allowed: verdicts.every(Boolean) && limit === null && isReachable, limit };
}

/** What no role can grant. */
function rowLimit({ action, entity, isInBin }: Question): string | null {
  const title = entity.title.toLowerCase();
  if (action === 'assign' && entity.owner === undefined) return `a ${title} has no owner.`;
  if (action === 'delete' && entity.single) return `the ${title} cannot be deleted by anybody.`;
  if (isInBin && action !== 'read' && action !== 'create') return 'it is in the bin and has to be restored first.';
  return null;
}

async function fieldVerdict(question: Question, field: Field): Promise<NonNullable<Explanation['field']>> {
  const { subject, entity } = question;
  const action = fieldAction(question.action);
  const { key } = field;
  if (action === 'read') return { key, allowed: await question.holds(subject.readable(entity.name, key)), limit: null };
  const limit = isSetBySystem(field) ? `"${key}" is set by the system and cannot be given.` : null;
  const rows = subject.settable(entity.name, key, action);
  return { key, allowed: limit === null && !isNever(rows) && (await question.holds(rows)), limit };
}

function fieldAction(action: Action): 'read' | 'create' | 'update' {
  return action === 'read' || action === 'create' ? action : 'update';
}

async function rowReasons(question: Question): Promise<readonly Because[]> {
  const { subject, entity } = question;
  const reasons: Because[] = [];
  for (const action of neededFor(question))
    for (const grant of subject.grants(entity.name, action))
      reasons.push({ ...(await reasonOf(question, { grant, action })), about: 'row' });
  return reasons;
}

async function fieldReasons(question: Question): Promise<readonly Because[]> {
  const { subject, entity, field, deps } = question;
  if (field === null) return [];
  const action = fieldAction(question.action);
  const reasons: Because[] = [];
  for (const grant of subject.fieldGrants(entity.name, field.key, action)) {
    const telling = { model: deps.model(), role: grant.role, asker: question.asker };
    const why = tellLevel(telling, entity, { key: field.key, grant });
    const reason = await reasonOf(question, { grant, action });
    const matches = grant.opens ? reason.matches : false;
    reasons.push({ ...reason, about: 'field', action: question.action, matches, level: grant.level, why });
  }
  return reasons;
}

async function reasonOf(
  question: Question,
  of: { readonly grant: RowGrant | FieldGrant; readonly action: Action },
): Promise<Omit<Because, 'about'>> {
  const { deps, entity, id } = question;
  const { role, rows } = of.grant;
  const model = deps.model();
  const { isShown, ...told } = tellRule({ model, role, asker: question.asker }, entity, of.action);
  const depends = rows.kind !== 'constant' && id === null;
  return {
    role: role.name,
    title: role.title,
    file: role.file,
    action: of.action,
    ...told,
    matches: isShown && !depends ? await question.holds(rows) : null,
  };
}
