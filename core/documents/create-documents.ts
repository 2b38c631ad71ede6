import type { Clock, Context, Log, Transaction } from '../context.ts';
import { asSystem } from '../context.ts';
import type { Model, Template } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Organisation } from '../records/environment.ts';
import type { Records } from '../records/types.ts';
import type { Database } from '../storage/database.ts';
import { sql } from '../storage/sql.ts';
import { documentLanguage, sourceFor, textsFor } from './document-language.ts';
import { peekNumber, takeNumber } from './document-number.ts';
import type { Numbering } from './document-number.ts';
import { isWithoutBrowser } from './find-browser.ts';
import { loadLetterhead } from './letterhead.ts';
import type { LetterheadFiles } from './letterhead.ts';
import type { Renderer } from './renderer.ts';

/** What documents need of `files`. */
export interface DocumentFiles extends LetterheadFiles {
  keep(
    ctx: Context,
    file: { readonly name: string; readonly type: string; readonly content: Uint8Array },
  ): Promise<{ readonly id: string }>;
  discard(id: string): Promise<void>;
}

export interface DocumentsOptions {
  readonly records: Records;
  readonly db: Database;
  readonly files: DocumentFiles;
  readonly model: () => Model;
  readonly clock: Clock;
  readonly log: Log;
  readonly renderer: Renderer;
  readonly organisation: () => Organisation;
}

export interface GenerateRequest {
  readonly template: string;
  /** The record the document is about. */
  readonly entity: string;
  readonly id: string;
  /** A second call with the same key answers the document of the first. */
  readonly key?: string;
}

export interface Documents {
  /**
   * Makes a document of a record as this caller sees it, and answers its `document` record: number, file, language, about.
   * Not inside a transaction: printing takes time. NOT_FOUND, FORBIDDEN, VALIDATION (a wrong template), UNAVAILABLE (try again).
   */
  generate(ctx: Context, request: GenerateRequest): Promise<RecordData>;
}

const ATTEMPTS = 5;

/**
 * Numbers are without gaps and transactions stay short: the document is printed with the number it would get, and the number is taken in
 * the same transaction as the document's record, file and event. When another process took it meanwhile, it is printed again. Taking the number
 * first would leave a gap after a crash or a wrong template; printing inside the transaction would hold up every other write.
 */
export function createDocuments(options: DocumentsOptions): Documents {
  const queues = new Map<string, Promise<unknown>>();
  return {
    generate: async (ctx, request) => {
      if (ctx.tx) throw new Error('A document cannot be made inside a transaction.');
      const made = await findMade(options, ctx, request.key);
      if (made) return made;
      const draft = await prepare(options, ctx, request);
      // One at a time per numbering, so that within this process the printed number is always the one taken.
      const line = draft.numbering?.name ?? '';
      const turn = (line === '' ? Promise.resolve() : (queues.get(line) ?? Promise.resolve())).then(() =>
        make(options, ctx, draft),
      );
      const settled = turn.catch(() => undefined);
      queues.set(line, settled);
      void settled.then(() => (queues.get(line) === settled ? queues.delete(line) : false));
      return turn;
    },
  };
}

/** All that is known before a number is. */
interface Draft {
  readonly request: GenerateRequest;
  readonly template: Template;
  readonly model: Model;
  readonly record: RecordData;
  readonly letterhead: RecordData;
  readonly language: string;
  /** Today in the organisation's zone. */
  readonly date: string;
  readonly numbering?: Numbering;
}

async function prepare(options: DocumentsOptions, ctx: Context, request: GenerateRequest): Promise<Draft> {
  const model = options.model();
  const template = model.templates.get(request.template);
  if (!template) throw new CasementError('NOT_FOUND', `There is no template "${request.template}".`);
  if (template.entity !== request.entity) {
    throw new CasementError(
      'BAD_REQUEST',
      `The template "${template.name}" is for ${template.entity}, not for ${request.entity}.`,
    );
  }
  const organisation = options.organisation();
  const record = await options.records.get(ctx, { entity: request.entity, id: request.id, expand: template.load });
  const letterhead = await loadLetterhead(options, asSystem(ctx, 'letterhead of a document'));
  const language = documentLanguage(model, template, { record, organisation: organisation.language });
  const date = new Intl.DateTimeFormat('sv-SE', { timeZone: organisation.zone }).format(options.clock.now());
  const numbering =
    template.sequence === undefined
      ? {}
      : { numbering: { name: `template.${template.name}`, pattern: template.sequence, date } };
  return { request, template, model, record, letterhead, language, date, ...numbering };
}

async function make(options: DocumentsOptions, ctx: Context, draft: Draft): Promise<RecordData> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const number = draft.numbering ? await peekNumber(options.db, draft.numbering) : null;
    const printed = await print(options, draft, number);
    const file = await options.files.keep(ctx, printed);
    try {
      return await options.records.transaction(ctx, (inside) =>
        save(options, inside, { draft, number, printed, file: file.id }),
      );
    } catch (error) {
      await options.files
        .discard(file.id)
        .catch((failure: unknown) =>
          options.log.warn({ err: failure }, 'An unused document file stays until the next sweep'),
        );
      if (error instanceof AlreadyMade)
        return (await findMade(options, ctx, draft.request.key)) ?? Promise.reject(error);
      if (!(error instanceof NumberTaken)) throw error;
    }
  }
  throw new CasementError('UNAVAILABLE', 'Other documents took each number first. Try again.');
}

class NumberTaken extends Error {}
class AlreadyMade extends Error {}

interface Printed {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array;
  readonly title: string;
}

/** The PDF; without any browser its HTML, so that no work is lost. */
async function print(options: DocumentsOptions, draft: Draft, number: string | null): Promise<Printed> {
  const { template, model, language } = draft;
  const { currency, zone } = options.organisation();
  const [html = '', fileName = ''] = await options.renderer.html.render({
    sources: [
      sourceFor(template, language),
      { name: `${template.name} fileName`, source: template.fileName, escape: false },
    ],
    data: { record: draft.record, organisation: draft.letterhead, document: { number, date: draft.date, language } },
    settings: { language, currency, zone, texts: textsFor(model, template, language) },
  });
  const title = [model.texts.get(`templates.${template.name}.title`, language), number].filter(Boolean).join(' ');
  const name = fileName.trim() || title;
  try {
    const content = await options.renderer.pdf.render({ html, paper: template.paper });
    return { name: `${name}.pdf`, type: 'application/pdf', content, title };
  } catch (error) {
    if (!isWithoutBrowser(error)) throw error;
    options.log.error(
      { err: error, template: template.name },
      'A document was kept as HTML because no browser can make a PDF',
    );
    return {
      name: `${name}.html`,
      type: 'text/html',
      content: Buffer.from(html),
      title: `${title} (HTML: no browser to make a PDF)`,
    };
  }
}

interface Finished {
  readonly draft: Draft;
  readonly number: string | null;
  readonly printed: Printed;
  readonly file: string;
}

/** Number, record, file and event: all or nothing. */
async function save(
  options: DocumentsOptions,
  ctx: Context & { readonly tx: Transaction },
  done: Finished,
): Promise<RecordData> {
  const { draft, number, printed, file } = done;
  const { request, template, language } = draft;
  if (draft.numbering && !(await takeNumber(ctx.tx, draft.numbering, number ?? ''))) throw new NumberTaken();
  const document = await options.records.write(ctx, {
    op: 'create',
    entity: 'document',
    input: {
      title: printed.title.slice(0, 200),
      template: template.name,
      number,
      language,
      file,
      about: aboutOf(draft),
    },
  });
  if (request.key !== undefined) {
    const added = await ctx.tx
      .run(sql`insert into "_meta" ("key", "value") values (${metaKey(request.key)}, ${document['id']})
      on conflict ("key") do nothing`);
    if (added === 0) throw new AlreadyMade();
  }
  const data: RecordData = {
    document: document['id'] ?? null,
    template: template.name,
    number,
    file: document['file'] ?? null,
  };
  await options.records.event(ctx, { entity: request.entity, id: request.id, kind: 'document.generated', data });
  return document;
}

/** A reference to one of several entities names its target's. */
function aboutOf({ model, request }: Draft): Value {
  const targets = model.entities.get('document')?.fields.get('about')?.reference?.to ?? [];
  return targets.length === 1 ? request.id : { entity: request.entity, id: request.id };
}

async function findMade(
  options: DocumentsOptions,
  ctx: Context,
  key: string | undefined,
): Promise<RecordData | undefined> {
  if (key === undefined) return undefined;
  const [row] = await options.db.read<{ value: string }>(
    sql`select "value" from "_meta" where "key" = ${metaKey(key)}`,
  );
  return row ? options.records.get(ctx, { entity: 'document', id: row.value }) : undefined;
}

function metaKey(key: string): string {
  return `document:${key}`;
}
