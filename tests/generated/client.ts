// Written by `casement types` from the definitions. Change those and write it anew.

/** What the types of one entity look like; `casement types` writes one for each. */
export interface EntityTypes {
  readonly record: object;
  readonly input: object;
  readonly patch: object;
  /** By reference or child list: what stands in its place with `expand`. */
  readonly expands: object;
  /** Keys of the stages; never for an entity without a pipeline. */
  readonly stage: string;
}

export interface ClientOptions {
  /** Where Casement is: `https://crm.example.com`. */
  readonly url: string;
  /** API key. Absent in a page of the same site, which has its session. */
  readonly key?: string;
  readonly fetch?: typeof fetch;
}

/** Any answer that is no success. `errors` name the places by JSON Pointer. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { readonly path: string; readonly code: string; readonly message: string }[];
  constructor(status: number, problem: { code?: string; detail?: string; errors?: ApiError['errors'] }) {
    super(problem.detail ?? `HTTP ${status}`);
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? 'INTERNAL';
    this.errors = problem.errors ?? [];
  }
}

type Key<T> = Extract<keyof T, string>;
/** A field of a related record: `customer.city`. */
type Path = `${string}.${string}`;
type Operand<V> = V | { readonly $field: string } | { readonly $now: string } | '$me' | '$myTeam';
type Comparison<V> =
  | Operand<V>
  | null
  | {
      readonly [O in 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte']?: Operand<V> | null;
    }
  | { readonly in?: readonly V[]; readonly nin?: readonly V[] }
  | { readonly contains?: string; readonly startsWith?: string }
  | { readonly empty?: boolean };

/** The condition language: keys side by side must all hold. */
export type Filter<E extends EntityTypes> = {
  readonly [K in Key<E['record']>]?: Comparison<NonNullable<E['record'][K]>>;
} & {
  readonly [K in Exclude<Key<E['expands']>, keyof E['record']>]?: {
    readonly [Q in 'some' | 'none' | 'every']?: object;
  };
} & {
  readonly [path: Path]: unknown;
  readonly all?: readonly Filter<E>[];
  readonly any?: readonly Filter<E>[];
  readonly not?: Filter<E>;
};

interface Shape<E extends EntityTypes, X extends Key<E['expands']>, F extends Key<E['record']>> {
  /** Only these fields, and the id. */
  readonly fields?: readonly F[];
  /** References and child lists to show whole. */
  readonly expand?: readonly X[];
  readonly deleted?: 'only' | 'with';
}

export interface ListQuery<
  E extends EntityTypes,
  X extends Key<E['expands']>,
  F extends Key<E['record']>,
> extends Shape<E, X, F> {
  readonly filter?: Filter<E>;
  readonly sort?: readonly (Key<E['record']> | `-${Key<E['record']>}` | Path)[];
  readonly limit?: number;
  readonly after?: string;
  readonly search?: string;
  readonly count?: 'exact';
}

/** The record with what was asked for in place. */
export type Shown<E extends EntityTypes, X extends Key<E['expands']>, F extends Key<E['record']>> = Omit<
  Pick<E['record'], F | Extract<'id', keyof E['record']>>,
  X
> &
  Pick<E['expands'], X>;

export interface Page<T> {
  readonly data: readonly T[];
  /** `after` of the next page; null on the last. */
  readonly next: string | null;
  readonly total?: number;
}

interface WriteOptions {
  /** The version you have read; another one there is ApiError 412. */
  readonly version?: number;
  /** The same key gives the same answer, and the work is done once. */
  readonly idempotencyKey?: string;
}

/** The doors of one entity. Each throws ApiError for an answer that is no success. */
export interface EntityClient<E extends EntityTypes> {
  list<X extends Key<E['expands']> = never, F extends Key<E['record']> = Key<E['record']>>(
    query?: ListQuery<E, X, F>,
  ): Promise<Page<Shown<E, X, F>>>;
  /** Every record of a list, page by page. */
  each<X extends Key<E['expands']> = never, F extends Key<E['record']> = Key<E['record']>>(
    query?: Omit<ListQuery<E, X, F>, 'after' | 'count'>,
  ): AsyncGenerator<Shown<E, X, F>>;
  get<X extends Key<E['expands']> = never, F extends Key<E['record']> = Key<E['record']>>(
    id: string,
    shape?: Shape<E, X, F>,
  ): Promise<Shown<E, X, F>>;
  create(input: E['input'], options?: WriteOptions): Promise<E['record']>;
  /** Up to 1,000, all or nothing. */
  createMany(input: readonly E['input'][], options?: WriteOptions): Promise<readonly E['record'][]>;
  update(id: string, patch: E['patch'], options?: WriteOptions): Promise<E['record']>;
  move(
    id: string,
    move: { to: E['stage']; set?: E['patch']; note?: string },
    options?: WriteOptions,
  ): Promise<E['record']>;
  delete(id: string, options?: WriteOptions): Promise<void>;
  restore(id: string, options?: WriteOptions): Promise<E['record']>;
  aggregate(query: {
    group?: readonly string[];
    measures?: readonly string[];
    filter?: Filter<E>;
  }): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

export type Client<M> = { readonly [N in keyof M]: M[N] extends EntityTypes ? EntityClient<M[N]> : never };

/** A client of the entities named, each at its plural. */
export function createClient<M>(plurals: Readonly<Record<keyof M, string>>, options: ClientOptions): Client<M> {
  const names = Object.keys(plurals) as (keyof M & string)[];
  return Object.fromEntries(names.map((name) => [name, entityClient(options, `/api/${plurals[name]}`)])) as Client<M>;
}

function entityClient(options: ClientOptions, root: string): EntityClient<EntityTypes> {
  const send = (request: Sent) => exchange(options, request);
  const write = (method: string, path: string, of: { body?: unknown; options?: WriteOptions | undefined }) =>
    send({ method, path, body: of.body, headers: writeHeaders(of.options) });
  const client: Record<keyof EntityClient<EntityTypes>, unknown> = {
    list: (query: object = {}) => send({ path: `${root}${searchOf(query)}` }),
    async *each(query: object = {}) {
      let after: string | null = '';
      while (after !== null) {
        const page = (await send({ path: `${root}${searchOf({ limit: 1000, ...query, after })}` })) as Page<object>;
        yield* page.data;
        after = page.next;
      }
    },
    get: (id: string, shape: object = {}) => send({ path: `${root}/${id}${searchOf(shape)}` }),
    create: (body: object, of?: WriteOptions) => write('POST', root, { body, options: of }),
    createMany: async (body: readonly object[], of?: WriteOptions) =>
      ((await write('POST', root, { body, options: of })) as { data: unknown }).data,
    update: (id: string, body: object, of?: WriteOptions) => write('PATCH', `${root}/${id}`, { body, options: of }),
    move: (id: string, body: object, of?: WriteOptions) => write('POST', `${root}/${id}/move`, { body, options: of }),
    delete: (id: string, of?: WriteOptions) => write('DELETE', `${root}/${id}`, { options: of }),
    restore: (id: string, of?: WriteOptions) => write('POST', `${root}/${id}/restore`, { options: of }),
    aggregate: async (query: object) =>
      ((await send({ path: `${root}/aggregate${searchOf(query)}` })) as { data: unknown }).data,
  };
  return client as EntityClient<EntityTypes>;
}

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function exchange(options: ClientOptions, sent: Sent): Promise<unknown> {
  const response = await (options.fetch ?? fetch)(options.url.replace(/\/$/, '') + sent.path, {
    method: sent.method ?? 'GET',
    headers: {
      ...sent.headers,
      ...(options.key === undefined ? {} : { Authorization: `Bearer ${options.key}` }),
      ...(sent.body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(sent.body === undefined ? {} : { body: JSON.stringify(sent.body) }),
  });
  if (response.ok) return response.status === 204 ? undefined : response.json();
  const problem: unknown = await response.json().catch(() => ({}));
  throw new ApiError(response.status, problem as ConstructorParameters<typeof ApiError>[1]);
}

function writeHeaders(options: WriteOptions = {}): Record<string, string> {
  return {
    ...(options.version === undefined ? {} : { 'If-Match': `"${options.version}"` }),
    ...(options.idempotencyKey === undefined ? {} : { 'Idempotency-Key': options.idempotencyKey }),
  };
}

/** `?filter={…}&sort=a,b`; what is empty is left out. */
function searchOf(query: object): string {
  const pairs = Object.entries(query).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0)) return [];
    const text = Array.isArray(value)
      ? value.join(',')
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value);
    return [`${key}=${encodeURIComponent(text)}`];
  });
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
