import fc from 'fast-check';
import { judge } from './judge.ts';
import { kindOf } from './draft.ts';
import { requestOf, requestsOf, tellRequest } from './requests.ts';
import type { HostileRequest, RequestClass } from './requests.ts';
import type { HostileWorld, Received } from './world.ts';

/** Figures of a run. */
export interface Figures {
  requests: number;
  readonly statuses: Record<string, number>;
  /** By class: how many, and how many of them were taken. */
  readonly classes: Record<RequestClass, { sent: number; taken: number }>;
  readonly operations: Record<string, number>;
  readonly mutations: Record<string, number>;
}

export function newFigures(): Figures {
  const none = () => ({ sent: 0, taken: 0 });
  return {
    requests: 0,
    statuses: {},
    classes: { valid: none(), near: none(), invalid: none() },
    operations: {},
    mutations: {},
  };
}

export interface HostileRun {
  readonly runs: number;
  readonly seed: number;
  readonly figures: Figures;
  /** Takes what is wrong, and the run goes on; without it the first ends the run. */
  readonly onWrong?: (error: Error, request: HostileRequest) => void;
  /** Around each request, for who measures. */
  readonly around?: <T>(send: () => Promise<T>) => Promise<T>;
}

/** Milliseconds of the firm's clock between two requests: public forms are throttled by the minute. */
const PACE = 700;
const JOBS_EVERY = 50;

/** Sends so many requests to one world. Throws for the first answer that is wrong, with the request that got it. */
export async function runHostile(world: HostileWorld, run: HostileRun): Promise<void> {
  const send = async (request: HostileRequest) => {
    if (run.figures.requests % JOBS_EVERY === 0) await world.firm.app.jobs.drain();
    world.firm.pass(PACE);
    try {
      const received = await sendOne(world, request, run.around ?? ((work) => work()));
      count(run.figures, request, received);
    } catch (error) {
      if (!run.onWrong || !(error instanceof Error)) throw error;
      run.figures.requests += 1;
      run.onWrong(error, request);
    }
  };
  await fill(world, send, run.seed);
  const left = run.runs - run.figures.requests;
  await fc.assert(fc.asyncProperty(requestsOf(world), send), {
    numRuns: Math.max(1, left),
    seed: run.seed,
    endOnFailure: false,
  });
}

/** Some records of everything, made by what the document calls valid. */
async function fill(
  world: HostileWorld,
  send: (request: HostileRequest) => Promise<void>,
  seed: number,
): Promise<void> {
  const upload = world.api.operations.filter(({ id }) => id === 'uploadFile' || id === 'uploadTable');
  const creating = world.api.operations.filter(({ id, entity }) => entity && id.startsWith('create'));
  for (const round of [0, 1, 2]) {
    for (const operation of [...upload, ...creating]) {
      const requests = requestOf(world, { operation, caller: 'owner', kind: 'valid' });
      const [request] = fc.sample(requests, { numRuns: 1, seed: seed + round });
      if (request) await send(request);
    }
  }
}

async function sendOne(
  world: HostileWorld,
  request: HostileRequest,
  around: NonNullable<HostileRun['around']>,
): Promise<Received> {
  const before = await world.digest.take();
  const answer = await around(() => world.send(request.wire));
  judge(world, request, answer);
  const isOnlyRead = READING.has(request.wire.method) && !request.operation.id.startsWith('export');
  if (answer.status >= 400 || isOnlyRead) await expectSame(world, request, { before, answer });
  await learn(world, request, answer);
  return answer;
}

/** An export is on record, so it alone writes although it is a GET. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** What was refused or only read has changed nothing. A key keeps its refusal, and that alone. */
async function expectSame(
  world: HostileWorld,
  request: HostileRequest,
  of: { readonly before: ReadonlyMap<string, string>; readonly answer: Received },
): Promise<void> {
  const { wire } = request;
  const after = await world.digest.take();
  const hasKey = 'Idempotency-Key' in wire.headers;
  const changed = [...after].filter(([name, hash]) => of.before.get(name) !== hash).map(([name]) => name);
  const wrongly = changed.filter((name) => !(hasKey && name === '_idempotency'));
  if (wrongly.length === 0) return;
  throw new Error(
    `refused or only read, and yet ${wrongly.join(', ')} changed (R-07)\n${tellRequest(request)}\n${of.answer.status} ${of.answer.text.slice(0, 400)}`,
  );
}

/** Ids for later requests; a session that has ended is opened anew. */
async function learn(world: HostileWorld, { operation, wire }: HostileRequest, answer: Received): Promise<void> {
  if (operation.id === 'logout' || (answer.status === 401 && wire.caller !== 'stranger')) await world.logInAll();
  if (answer.status >= 300 || !(answer.header('content-type') ?? '').startsWith('application/json')) return;
  const json = JSON.parse(answer.text || 'null') as Readonly<Record<string, unknown>> | null;
  if (!json || typeof json !== 'object') return;
  const { pool } = world;
  pool.add('cursor', json['next']);
  pool.add('batch', json['batch']);
  if (operation.id === 'invite') pool.add('token', json['token']);
  if (operation.id === 'uploadFile' && wire.method === 'POST') pool.add('file', json['id']);
  if (operation.id === 'uploadTable' && wire.method === 'POST') pool.add('table', json['id']);
  if (operation.id === 'startImport' && wire.method === 'POST') {
    pool.add('import', json['id']);
    await importOver(world, String(json['id']));
  }
  if (wire.method !== 'POST' || !operation.id.startsWith('create') || operation.entity?.name === 'user') return;
  const made = Array.isArray(json['data']) ? (json['data'] as { id?: unknown }[]) : [json];
  for (const { id } of made) pool.add(kindOf(operation), id);
}

/** Its rows are written beside the requests that follow, which are judged by what they change. */
async function importOver({ firm }: HostileWorld, id: string): Promise<void> {
  for (;;) {
    const { state } = await firm.app.imports.get(firm.app.system('test'), id);
    if (state !== 'running' && state !== 'cancelling') return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function count(figures: Figures, { operation, kind, wrong }: HostileRequest, { status }: Received): void {
  figures.requests += 1;
  figures.statuses[status] = (figures.statuses[status] ?? 0) + 1;
  figures.classes[kind].sent += 1;
  if (status < 400) figures.classes[kind].taken += 1;
  figures.operations[operation.id] = (figures.operations[operation.id] ?? 0) + 1;
  for (const one of wrong) figures.mutations[one] = (figures.mutations[one] ?? 0) + 1;
}
