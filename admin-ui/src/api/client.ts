import type { Change, Condition, Me, ModelDocument, RecordData, User, Value } from '../model/types.ts';

/** One wrong place of a refused request; `path` is a JSON Pointer into what was sent. */
export interface ErrorDetail {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What the server answered in place of a result. `status` 0 with code `OFFLINE`: it could not be reached. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly ErrorDetail[];
  readonly requestId: string | undefined;

  constructor(problem: {
    status: number;
    code: string;
    detail: string;
    errors?: readonly ErrorDetail[] | undefined;
    requestId?: string | undefined;
  }) {
    super(problem.detail);
    this.name = 'ApiError';
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.errors = problem.errors ?? [];
    this.requestId = problem.requestId;
  }
}

export interface ListQuery {
  readonly filter?: Condition | undefined;
  /** `['-createdAt', 'title']` */
  readonly sort?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
  readonly fields?: readonly string[] | undefined;
  readonly expand?: readonly string[] | undefined;
  readonly search?: string | undefined;
  readonly count?: 'exact' | undefined;
  readonly deleted?: 'only' | 'with' | undefined;
}

export interface ListPage<T = RecordData> {
  readonly data: readonly T[];
  readonly next: string | null;
  readonly total?: number;
}

export interface SearchHit {
  readonly entity: string;
  readonly id: string;
  readonly title: string;
  readonly subtitle?: string | null;
  readonly record?: RecordData;
}

export interface FileValue {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly size: number;
}

export interface ReportResult {
  readonly name: string;
  readonly title: string;
  readonly description?: string | null;
  readonly columns: readonly {
    readonly key: string;
    readonly title: string;
    readonly kind: 'dimension' | 'measure';
    readonly aggregate?: string;
    readonly field?: string;
    /** Of the field, where it is not that of the report. */
    readonly entity?: string;
    /** A length of time in milliseconds. */
    readonly unit?: 'ms';
  }[];
  readonly rows: readonly {
    readonly values: Readonly<Record<string, Value>>;
    readonly labels: Readonly<Record<string, string>>;
    readonly drill: Readonly<Record<string, Drill>>;
  }[];
  readonly totals: Readonly<Record<string, Value>>;
  readonly totalsDrill?: Readonly<Record<string, Drill>>;
  /** The days it is of; null where they are open. */
  readonly period?: { readonly from: string | null; readonly to: string | null };
  /** The records below the figures. */
  readonly details?: {
    readonly columns: readonly { readonly key: string; readonly title: string; readonly type: string }[];
    readonly rows: readonly {
      readonly id: string;
      readonly values: Readonly<Record<string, Value>>;
      readonly labels: Readonly<Record<string, string>>;
    }[];
    readonly more: boolean;
  };
}

/** A page of the records behind a figure. */
export interface ReportRecords {
  readonly entity: string;
  readonly data: readonly RecordData[];
  readonly next: string | null;
  readonly total: number;
}

/** The records behind a number: a filter for `list(plural, { filter })`, else the address that lists them. */
export interface Drill {
  readonly entity: string;
  readonly filter?: Condition;
  readonly records?: string;
}

type Query = Readonly<Record<string, string | undefined>>;

interface RequestOptions {
  readonly method?: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly version?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const join = (values: readonly string[] | undefined): string | undefined =>
  values?.length ? values.join(',') : undefined;

function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined && value !== '') params.set(key, value);
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as {
    code?: string;
    title?: string;
    detail?: string;
    errors?: ErrorDetail[];
    requestId?: string;
  };
  return new ApiError({
    status: response.status,
    code: problem.code ?? (response.status >= 502 ? 'UNAVAILABLE' : 'INTERNAL'),
    detail: problem.detail ?? problem.title ?? response.statusText,
    errors: problem.errors,
    requestId: problem.requestId,
  });
}

/** The one `fetch` of the UI. Answers parsed JSON (undefined for 204); throws ApiError. */
async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': document.documentElement.lang,
  };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.version !== undefined) headers['If-Match'] = `"${options.version}"`;
  const body = options.form ?? (options.body === undefined ? null : JSON.stringify(options.body));
  let response: Response;
  try {
    response = await fetch(address(path, options.query), {
      method: options.method ?? 'GET',
      headers,
      body,
      credentials: 'same-origin',
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError({ status: 0, code: 'OFFLINE', detail: 'The server cannot be reached' });
  }
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

const seg = encodeURIComponent;

export const login = (email: string, password: string): Promise<{ user: User }> =>
  request('/auth/login', { method: 'POST', body: { email, password } });

export const logout = (): Promise<void> => request('/auth/logout', { method: 'POST' });

export const me = (signal?: AbortSignal): Promise<Me> => request('/auth/me', { signal });

export const model = (signal?: AbortSignal): Promise<ModelDocument> => request('/model', { signal });

export const list = (plural: string, query: ListQuery = {}, signal?: AbortSignal): Promise<ListPage> =>
  request(`/api/${seg(plural)}`, {
    signal,
    query: {
      filter: query.filter && Object.keys(query.filter).length > 0 ? JSON.stringify(query.filter) : undefined,
      sort: join(query.sort),
      limit: query.limit?.toString(),
      after: query.after,
      fields: join(query.fields),
      expand: join(query.expand),
      search: query.search,
      count: query.count,
      deleted: query.deleted,
    },
  });

export const get = (
  plural: string,
  id: string,
  options: { expand?: readonly string[]; signal?: AbortSignal } = {},
): Promise<RecordData> =>
  request(`/api/${seg(plural)}/${seg(id)}`, { signal: options.signal, query: { expand: join(options.expand) } });

export const create = (plural: string, values: RecordData): Promise<RecordData> =>
  request(`/api/${seg(plural)}`, { method: 'POST', body: values });

/** JSON Merge Patch. With `version` a change made meanwhile by somebody else is refused (412, `CONFLICT`). */
export const update = (
  plural: string,
  id: string,
  change: { patch: RecordData; version?: number | undefined },
): Promise<RecordData> =>
  request(`/api/${seg(plural)}/${seg(id)}`, { method: 'PATCH', body: change.patch, version: change.version });

export const move = (
  plural: string,
  id: string,
  step: { to: string; set?: RecordData | undefined; note?: string | undefined; version?: number | undefined },
): Promise<RecordData> => {
  const { version, ...body } = step;
  return request(`/api/${seg(plural)}/${seg(id)}/move`, { method: 'POST', body, version });
};

export const remove = (plural: string, id: string): Promise<void> =>
  request(`/api/${seg(plural)}/${seg(id)}`, { method: 'DELETE' });

export const restore = (plural: string, id: string): Promise<RecordData> =>
  request(`/api/${seg(plural)}/${seg(id)}/restore`, { method: 'POST' });

/** How a rule's run stands some seconds after its button was pressed. */
export interface Pressed {
  readonly state: string;
  readonly reason: string;
}

/** Sets a rule off for a record. */
export const press = (rule: string, id: string): Promise<Pressed> =>
  request(`/automations/${seg(rule)}/run`, { method: 'POST', body: { id } });

export const changes = (
  plural: string,
  id: string,
  options: { timeline?: boolean; limit?: number; after?: string | undefined; signal?: AbortSignal } = {},
): Promise<ListPage<Change>> =>
  request(`/api/${seg(plural)}/${seg(id)}/changes`, {
    signal: options.signal,
    query: { timeline: options.timeline ? 'true' : undefined, limit: options.limit?.toString(), after: options.after },
  });

export const aggregate = (
  plural: string,
  query: { group?: readonly string[]; measures: readonly string[]; filter?: Condition | undefined },
  signal?: AbortSignal,
): Promise<{ data: readonly RecordData[] }> =>
  request(`/api/${seg(plural)}/aggregate`, {
    signal,
    query: {
      group: join(query.group),
      measures: join(query.measures),
      filter: query.filter && Object.keys(query.filter).length > 0 ? JSON.stringify(query.filter) : undefined,
    },
  });

export const report = (
  name: string,
  params: {
    from?: string | undefined;
    to?: string | undefined;
    period?: string | undefined;
    group?: string | undefined;
  } = {},
  signal?: AbortSignal,
): Promise<ReportResult> => request(`/reports/${seg(name)}`, { signal, query: params });

/** `address` as a drill gives it. */
export const reportRecords = (address: string, signal?: AbortSignal): Promise<ReportRecords> =>
  request(address, { signal });

export const search = (
  q: string,
  options: { limit?: number; signal?: AbortSignal } = {},
): Promise<{ data: readonly SearchHit[] }> =>
  request('/search', { signal: options.signal, query: { q, limit: options.limit?.toString() } });

export const uploadFile = (file: Blob, name?: string): Promise<FileValue> => {
  const form = new FormData();
  form.append('file', file, name ?? (file instanceof File ? file.name : 'file'));
  return request('/files', { method: 'POST', form });
};

export const fileUrl = (id: string): string => `/files/${seg(id)}`;

/** Renders now; answers the document record. */
export const generateDocument = (template: string, about: { entity: string; id: string }): Promise<RecordData> =>
  request('/documents', { method: 'POST', body: { template, entity: about.entity, id: about.id } });

/** Whether the server answers at all. */
export async function isServerUp(): Promise<boolean> {
  try {
    await fetch('/health', { cache: 'no-store' });
    return true;
  } catch {
    return false;
  }
}
