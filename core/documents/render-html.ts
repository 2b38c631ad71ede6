import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Log } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import type { TemplateSettings } from './template-helpers.ts';

export interface TemplateSource {
  /** Shown in errors: `offer.et.hbs`. */
  readonly name: string;
  readonly source: string;
  /** True for HTML; a file name is plain text. */
  readonly escape: boolean;
}

export interface RenderRequest {
  readonly sources: readonly TemplateSource[];
  /** Turned into plain JSON before a template sees it: no models, functions or secrets can travel along. */
  readonly data: unknown;
  readonly settings: TemplateSettings;
}

export interface RenderJob {
  readonly id: number;
  readonly sources: readonly TemplateSource[];
  readonly data: string;
  readonly settings: TemplateSettings;
}

export type RenderReply =
  | { readonly id: number; readonly texts: readonly string[] }
  | { readonly id: number; readonly error: { readonly code: string; readonly message: string } };

export interface HtmlRenderer {
  /** The finished text of each source. VALIDATION when a template is wrong, too large, too slow or too hungry. */
  render(request: RenderRequest): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const MAX_SOURCE = 256 * 1024;
const MAX_DATA = 8 * 1_048_576;
const MAX_TIME = 2_000;
/** Milliseconds that the end of a worker is waited for. */
const PATIENCE = 1_000;
const START_TIME = 20_000;
const IDLE_TIME = 60_000;
const MEMORY = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** Handlebars in one warm worker thread: a template that loops or eats memory ends its thread, never the server. */
export function createHtmlRenderer({ log }: { readonly log: Log }): HtmlRenderer {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let tail: Promise<unknown> = Promise.resolve();
  let lastId = 0;

  const drop = async () => {
    const old = worker;
    worker = undefined;
    clearTimeout(idle);
    if (old) await end(old);
  };
  const run = async (request: RenderRequest): Promise<readonly string[]> => {
    const job: RenderJob = { ...checkRequest(request), id: (lastId += 1) };
    clearTimeout(idle);
    try {
      worker ??= await startWorker();
      worker.ref();
      const reply = await ask(worker, job);
      worker.unref();
      idle = setTimeout(() => void drop(), IDLE_TIME).unref();
      if ('error' in reply) throw templateError(reply.error.code, reply.error.message);
      return reply.texts;
    } catch (error) {
      if (!(error instanceof CasementError && error.code === 'VALIDATION' && error.errors[0]?.code === 'template')) {
        log.warn(
          { err: error, templates: job.sources.map((source) => source.name) },
          'A template could not be rendered',
        );
        await drop();
      }
      throw error;
    }
  };
  return {
    render: (request) => {
      const result = tail.then(() => run(request));
      tail = result.catch(() => undefined);
      return result;
    },
    stop: async () => {
      await tail;
      await drop();
    },
  };
}

/** A worker that is out of memory may take long to end, and may yet say so: nobody waits for it, and its last word ends nothing else. */
async function end(worker: Worker): Promise<void> {
  worker.on('error', () => undefined);
  worker.unref();
  await Promise.race([worker.terminate(), pause(PATIENCE, undefined, { ref: false })]);
}

function checkRequest(request: RenderRequest): Omit<RenderJob, 'id'> {
  for (const { name, source } of request.sources) {
    if (typeof source !== 'string') throw templateError('template', `${name}: A template is a text.`);
    const bytes = Buffer.byteLength(source);
    if (bytes > MAX_SOURCE)
      throw templateError('template', `${name} has ${bytes} bytes; at most ${MAX_SOURCE} are allowed.`);
  }
  const data = JSON.stringify(request.data);
  if (data.length > MAX_DATA)
    throw templateError('templateData', 'The record and its lists are too large for one document.');
  return { sources: request.sources, data, settings: request.settings };
}

function templateError(code: string, message: string): CasementError {
  return validationError([{ path: '/template', code, message }]);
}

/** Built, the worker is JavaScript beside this file; run from sources it needs the loader of TypeScript, which a development install has. */
async function startWorker(): Promise<Worker> {
  const options = { resourceLimits: MEMORY, env: {} };
  const worker = import.meta.url.endsWith('.ts')
    ? new Worker(sourceBootstrap(), { ...options, eval: true })
    : new Worker(new URL('./render-worker.js', import.meta.url), options);
  await nextReply(worker, { id: 0, limit: START_TIME });
  return worker;
}

function sourceBootstrap(): string {
  const loader = createRequire(import.meta.url).resolve('tsx/cjs');
  const file = fileURLToPath(new URL('./render-worker.ts', import.meta.url));
  return `require(${JSON.stringify(loader)}); require(${JSON.stringify(file)});`;
}

function ask(worker: Worker, job: RenderJob): Promise<RenderReply> {
  const reply = nextReply(worker, { id: job.id, limit: MAX_TIME });
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  worker.postMessage(job);
  return reply;
}

function nextReply(
  worker: Worker,
  { id, limit }: { readonly id: number; readonly limit: number },
): Promise<RenderReply> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
    };
    const onMessage = (reply: RenderReply) => {
      if (reply.id === id) finish(() => resolve(reply));
    };
    const onError = (error: Error & { code?: string }) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      finish(() =>
        reject(
          isMemory
            ? templateError('templateMemory', 'The template needs more than 128 MiB of memory. Make it simpler.')
            : error,
        ),
      );
    };
    const onExit = () => finish(() => reject(new Error('The template worker ended before it answered.')));
    const timer = setTimeout(() => {
      finish(() =>
        reject(
          templateError('templateTime', `The template took longer than ${limit / 1000} seconds. Make it simpler.`),
        ),
      );
    }, limit);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
