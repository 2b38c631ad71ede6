import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import { accessOf } from '../../core/access/access.ts';
import type { App } from '../../core/app.ts';
import type { Model } from '../../core/definitions/model.ts';
import { describeApi } from '../../core/http/openapi.ts';
import { createPathTemplates } from '../../core/http/path-templates.ts';

/** One answer of the server, as a test received it. */
export interface Answer {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  header(name: string): string | null;
}

/** Throws when an answer is not what the OpenAPI document says of its door. */
export type AnswerCheck = (answer: Answer) => void;

interface Declared {
  readonly $ref?: string;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
}

interface Components {
  readonly responses: Readonly<Record<string, Declared>>;
  readonly headers: Readonly<
    Record<string, { readonly required: boolean; readonly schema: { readonly pattern?: string } }>
  >;
}

type Operation = { readonly responses: Readonly<Record<string, Declared>> };
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** What a browser asks before it sends a form of another site; HTTP itself says what that means. */
function isPreflight({ method, path, status, text }: Answer): boolean {
  return method === 'OPTIONS' && path.startsWith('/forms/') && status === 204 && text === '';
}

/** Pages and files of the screens: the document is about what programs call. */
const SCREENS = /^\/(app(\/|$)|$)/;

/**
 * Checks against the whole document, whoever asked: what a caller may not see is only left out of his. The definitions may be exchanged
 * while the application runs: an answer is right by those before the request or after it.
 */
export function checkAnswers(app: App): AnswerCheck {
  let model = app.model();
  let check = checkAgainst(app, model);
  return (answer) => {
    if (app.model() === model) return check(answer);
    const before = check;
    model = app.model();
    check = checkAgainst(app, model);
    try {
      check(answer);
    } catch {
      before(answer);
    }
  };
}

function checkAgainst(app: App, model: Model): AnswerCheck {
  const document = describeApi(model, accessOf(model, app.system('check').principal));
  const paths = document['paths'] as Paths;
  const components = document['components'] as Components;
  const templateOf = createPathTemplates(Object.keys(paths));
  const ajv = newAjv(document);
  const known = new Map<string, ValidateFunction>();
  const validatorOf = (pointer: readonly string[]) => {
    const at = pointer.map(escapePart).join('/');
    const found = known.get(at) ?? ajv.compile({ $ref: `api#/${at}` });
    known.set(at, found);
    return found;
  };

  return (answer) => {
    const [address = ''] = answer.path.split('?');
    if (SCREENS.test(address) || isPreflight(answer)) return;
    const path = templateOf(address);
    const isHead = answer.method === 'HEAD';
    const method = isHead ? 'get' : answer.method.toLowerCase();
    const operation = path === undefined ? undefined : paths[path]?.[method];
    if (path === undefined || !operation) return checkStray(answer, validatorOf);
    const named = operation.responses[String(answer.status)];
    if (!named) throw wrong(answer, 'answers a status that the document does not name');
    const shared = nameIn(named.$ref);
    const declared = shared === undefined ? named : components.responses[shared]!;
    checkHeaders(answer, declared, components);
    if (isHead) return;
    const types = Object.keys(declared.content ?? {});
    if (types.length === 0) {
      const isRedirect = answer.status >= 300 && answer.status < 400;
      if (answer.text !== '' && !isRedirect) throw wrong(answer, 'has a body where the document names none');
      return;
    }
    const type = (answer.type ?? '').split(';')[0] ?? '';
    const matching = types.find((one) => one === type || one === '*/*');
    if (matching === undefined) throw wrong(answer, `is ${type}, and the document names ${types.join(', ')}`);
    if (!/json$/.test(matching)) return;
    checkBody(
      answer,
      validatorOf([
        ...(shared === undefined
          ? ['paths', path, method, 'responses', String(answer.status)]
          : ['components', 'responses', shared]),
        'content',
        matching,
        'schema',
      ]),
    );
  };
}

/** The last part of `#/components/responses/Problem404`. */
function nameIn(ref: string | undefined): string | undefined {
  return ref?.split('/').at(-1);
}

function checkHeaders(answer: Answer, { headers = {} }: Declared, components: Components): void {
  for (const [name, { $ref }] of Object.entries(headers)) {
    const { required, schema } = components.headers[nameIn($ref) ?? '']!;
    const value = answer.header(name);
    if (value === null && required) throw wrong(answer, `lacks the header ${name}`);
    if (value !== null && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
      throw wrong(answer, `has another ${name} than the document says: ${value}`);
  }
}

/** What the document does not name may only be refused, and that in the one form of an error. */
function checkStray(answer: Answer, validatorOf: (pointer: readonly string[]) => ValidateFunction): void {
  if (answer.status < 400) throw wrong(answer, 'succeeds, and the document does not name it');
  if (!answer.type?.startsWith('application/problem+json')) throw wrong(answer, 'is refused in another form');
  if (answer.method === 'HEAD') return;
  checkBody(answer, validatorOf(['components', 'schemas', 'Problem']));
}

function checkBody(answer: Answer, validate: ValidateFunction): void {
  if (validate(JSON.parse(answer.text))) return;
  const places = (validate.errors ?? []).slice(0, 5).map((error) => {
    return `${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`;
  });
  throw wrong(answer, `does not conform:\n${places.join('\n')}\n${answer.text.slice(0, 600)}`);
}

function wrong({ method, path, status }: Answer, what: string): Error {
  return new Error(`${method} ${path}: the answer ${status} ${what}`);
}

/** An ajv that knows the document as `api#/…` and the formats that decide something. */
export function newAjv(document: Readonly<Record<string, unknown>>): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  ajv.addFormat('uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  ajv.addFormat('date', /^\d{4}-\d{2}-\d{2}$/);
  ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  for (const free of ['email', 'uri', 'phone', 'duration', 'binary', 'int64']) ajv.addFormat(free, true);
  ajv.addSchema({ ...document, $id: 'api' });
  return ajv;
}

export function escapePart(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));
}
