import { uuidv7 } from 'uuidv7';
import { asSystem } from '../context.ts';
import type { Context, Transaction } from '../context.ts';
import type { Form, FormCreate, FormField } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { FieldError } from '../fields/field-type.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import { isCleanText } from '../fields/text-checks.ts';
import { parseEnv } from '../records/environment.ts';
import { evaluateValue } from '../rules/evaluate-value.ts';
import type { TextRenderer } from '../rules/render-text.ts';
import { nextCounter } from '../storage/rows.ts';
import { isObject } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { HONEYPOT, STAMP } from './form-guard.ts';

/** Every form takes where the visitor came from. */
export const SOURCE_KEYS = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'referrer'] as const;
const MAX_SOURCE = 255;
const SETTLE = 5000;

export interface FormDeps extends HttpDeps {
  readonly texts: TextRenderer;
}

/**
 * Takes one post of a public form: checks it field by field and makes its records as system in one transaction. Answers the roots
 * for `settleForm`. VALIDATION with the form's own keys as paths.
 */
export async function submitForm(
  deps: FormDeps,
  ctx: Context,
  post: { form: Form; input: ReadonlyMap<string, unknown> },
): Promise<readonly string[]> {
  const { form } = post;
  const values = { ...readFields(deps, form, post.input), ...readSource(post.input) };
  const system = asSystem({ ...ctx, door: 'form' as const }, `form ${form.name}`);
  return deps.records
    .transaction(system, (ctx) => createRecords(deps, ctx, { form, values }))
    .catch((error: unknown) => Promise.reject(inFormTerms(form, error)));
}

/** Waits, at most 5 seconds, for what automation makes of the new records. After the commit: before it there is nothing to wait for. */
export async function settleForm(deps: HttpDeps, roots: readonly string[]): Promise<void> {
  const deadline = deps.clock.now() + SETTLE;
  for (const root of roots) await deps.jobs.settle(root, Math.max(0, deadline - deps.clock.now()));
}

/** The canonical value of each field of the form; null where nothing was given. */
function readFields(deps: HttpDeps, form: Form, input: ReadonlyMap<string, unknown>): Record<string, Value> {
  const known: readonly string[] = [...form.fields.map(({ key }) => key), ...SOURCE_KEYS, HONEYPOT, STAMP];
  const errors: ErrorDetail[] = [];
  for (const key of input.keys()) {
    if (!known.includes(key))
      errors.push({ path: `/${key.slice(0, 60)}`, code: 'unknown', message: 'This form has no such field.' });
  }
  const values: Record<string, Value> = {};
  for (const field of form.fields) {
    try {
      values[field.key] = readField(deps, field, input.get(field.key));
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      errors.push({ path: `/${field.key}`, code: error.code, message: error.message, params: error.params });
    }
  }
  if (errors.length > 0) throw validationError(errors);
  return values;
}

function readField(deps: HttpDeps, field: FormField, input: unknown): Value {
  // A reference would let a stranger probe which records exist; a form takes only values and published options.
  if (field.like.reference) throw new FieldError('type', 'Cannot be sent through a public form.');
  const value = typeof input === 'string' ? input.trim() : input;
  if (value === undefined || value === null || value === '') {
    if (field.required) throw new FieldError('required', 'Is required.');
    return null;
  }
  const canonical = field.like.type.parse(value, field.like, parseEnv(deps.records.organisation()));
  // Where the spelling is kept beside the value, such as of a phone, the write must see it as it was typed.
  return field.like.type.companions && typeof value === 'string' ? value : canonical;
}

/** Free texts from links of advertisers: cut to length instead of refused, so that no request is lost over them. */
function readSource(input: ReadonlyMap<string, unknown>): Record<string, Value> {
  return Object.fromEntries(
    SOURCE_KEYS.map((key) => {
      const value = input.get(key);
      const isText = typeof value === 'string' && value.trim() !== '' && isCleanText(value);
      return [key, isText ? value.trim().slice(0, MAX_SOURCE) : null];
    }),
  );
}

type WriteContext = Context & { readonly tx: Transaction };

interface Submission {
  readonly form: Form;
  readonly values: Readonly<Record<string, Value>>;
}

/** Answers the first change of each record made: the roots of what follows. */
async function createRecords(deps: FormDeps, ctx: WriteContext, submission: Submission): Promise<readonly string[]> {
  // One post of a form at a time, on every process: two at once from one stranger would both miss the other's contact.
  await nextCounter(ctx.tx, `form:${submission.form.name}`);
  const refs: Record<string, string> = {};
  const roots: string[] = [];
  const records: { entity: string; id: string }[] = [];
  for (const step of submission.form.creates) {
    const set = evaluateSet(deps, step, { values: submission.values, refs });
    const known = await findMatch(deps, ctx, { step, set });
    if (known) {
      refs[step.key] = known;
      records.push({ entity: step.entity, id: known });
      continue;
    }
    const made = await deps.records.write(ctx, { op: 'create', entity: step.entity, input: set });
    const id = String(made['id']);
    refs[step.key] = id;
    records.push({ entity: step.entity, id });
    const { data } = await deps.records.changes(ctx, { entity: step.entity, id, limit: 1 });
    if (data[0]) roots.push(data[0].cause?.root ?? data[0].id);
  }
  const { name, signed } = submission.form;
  const by = signed ? ('webhook' as const) : ('form' as const);
  const what = { by, name, key: uuidv7(), records, data: submission.values };
  const root = await deps.automation.received(ctx, what);
  return root === null ? roots : [...roots, root];
}

function evaluateSet(deps: FormDeps, step: FormCreate, known: { values: RecordData; refs: Record<string, string> }) {
  const { zone } = deps.records.organisation();
  const env = {
    scope: { form: known.values, now: new Date(deps.clock.now()).toISOString() },
    base: deps.clock.now(),
    zone,
    refs: known.refs,
    addWorkingTime: deps.forms.addWorkingTime,
  };
  const set = evaluateValue(step.set, env, deps.texts.render);
  if (!isObject(set)) throw new Error(`"set" of ${step.key} is not an object`);
  return Object.fromEntries(
    Object.entries(set).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  );
}

/** A record with the same canonical value of one of the match fields, taken in their order; the oldest when there are several. */
async function findMatch(
  deps: HttpDeps,
  ctx: Context,
  what: { step: FormCreate; set: Readonly<Record<string, unknown>> },
): Promise<string | undefined> {
  for (const key of what.step.match) {
    const value = what.set[key];
    if (value === undefined) continue;
    const filter = { [key]: { eq: value } };
    const { data } = await deps.records.list(ctx, {
      entity: what.step.entity,
      filter,
      fields: ['id'],
      sort: ['id'],
      limit: 1,
    });
    if (data[0]) return String(data[0]['id']);
  }
  return undefined;
}

/** An error of a record as an error of the form: on the form's field that fills it, else on the whole form. Rights and ids stay inside. */
function inFormTerms(form: Form, error: unknown): unknown {
  if (!(error instanceof CasementError) || error.code !== 'VALIDATION') return error;
  const errors = error.errors.map((detail) => {
    const key = detail.path.slice(1);
    const field =
      form.fields.find((candidate) => candidate.key === key) ??
      form.fields.find((candidate) => candidate.like.key === key);
    return { ...detail, path: field ? `/${field.key}` : '' };
  });
  return validationError(errors);
}
