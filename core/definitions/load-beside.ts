import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { Log } from '../context.ts';
import type { FieldType } from '../fields/field-type.ts';
import { DefinitionErrors } from './definition-errors.ts';
import type { DefinitionError } from './definition-errors.ts';
import { loadModelInSlices } from './load-model.ts';
import type { LoadOptions } from './load-model.ts';
import type { Model } from './model.ts';
import type { OverlayDocument } from './overlay.ts';
import { createSlowChecks, trustChecks } from './slow-checks.ts';
import type { PassedChecks } from './slow-checks.ts';

/** What may be sent to a thread. */
export type PlainLoadOptions = Omit<LoadOptions, 'fieldTypes' | 'slow' | 'overlay'>;

export interface CheckJob {
  readonly id: number;
  readonly options: PlainLoadOptions & { readonly overlay: readonly OverlayDocument[] };
}

export type CheckReply = { readonly id: number } & (
  | { readonly errors: readonly DefinitionError[] }
  | { readonly passed: PassedChecks }
  /** A bug of ours. */
  | { readonly failure: string }
);

export interface LoaderBeside {
  /** Throws DefinitionErrors, also for definitions that take too long or too much memory to check. */
  load(overlay: readonly OverlayDocument[]): Promise<Model>;
  stop(): Promise<void>;
}

export interface LoaderOptions {
  readonly given: PlainLoadOptions;
  readonly fieldTypes: ReadonlyMap<string, FieldType>;
  readonly log: Log;
}

const MAX_TIME = 20_000;
const START_TIME = 60_000;
const IDLE_TIME = 10_000;
const MEMORY_MIB = 256;
const LIMITS = { maxOldGenerationSizeMb: MEMORY_MIB, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

/**
 * Loads definitions while the server answers others (G20): a thread checks them first, one load after another, and only what is right is put
 * together here, in slices, without asking again what takes long. The thread ends when nobody has needed it for some seconds.
 */
export function createLoaderBeside({ given, fieldTypes, log }: LoaderOptions): LoaderBeside {
  const thread = createThread(log);
  let tail: Promise<unknown> = Promise.resolve();
  const load = async (overlay: readonly OverlayDocument[]): Promise<Model> => {
    const reply = await thread.check({ ...given, overlay });
    if ('failure' in reply) throw new Error(`The definitions could not be checked: ${reply.failure}`);
    if ('errors' in reply) throw new DefinitionErrors(reply.errors);
    return loadModelInSlices({ ...given, overlay, fieldTypes, slow: trustChecks(createSlowChecks(), reply.passed) });
  };
  return {
    load(overlay) {
      const loaded = tail.then(() => load(overlay));
      tail = loaded.catch(() => undefined);
      return loaded;
    },
    async stop() {
      await tail;
      await thread.end();
    },
  };
}

interface CheckThread {
  check(options: CheckJob['options']): Promise<CheckReply>;
  end(): Promise<void>;
}

/** One warm thread, asked one thing at a time. */
function createThread(log: Log): CheckThread {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;
  const end = async () => {
    const old = worker;
    worker = undefined;
    clearTimeout(idle);
    old?.on('error', () => undefined);
    await old?.terminate();
  };
  return {
    end,
    async check(options) {
      clearTimeout(idle);
      const id = (lastId += 1);
      try {
        worker ??= await startWorker();
        worker.ref();
        const replied = nextReply(worker, { id, limit: MAX_TIME });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
        worker.postMessage({ id, options } satisfies CheckJob);
        const reply = await replied;
        worker.unref();
        idle = setTimeout(() => void end(), IDLE_TIME).unref();
        return reply;
      } catch (error) {
        await end();
        const message = messageOf(error);
        if (message === undefined) throw error;
        log.warn({ err: error }, 'Definitions could not be checked within their limits');
        return { id, errors: [{ file: 'definitions', pointer: '', message }] };
      }
    },
  };
}

class TooSlowError extends Error {}

function messageOf(error: unknown): string | undefined {
  const more = 'Make what was changed last smaller or simpler.';
  if (error instanceof TooSlowError) return `The definitions take longer than ${MAX_TIME / 1000} s to check. ${more}`;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_WORKER_OUT_OF_MEMORY'
    ? `The definitions need more than ${MEMORY_MIB} MiB of memory to check. ${more}`
    : undefined;
}

/** Built, the thread is JavaScript beside this file; run from sources it needs the loader of TypeScript, which a development install has. */
async function startWorker(): Promise<Worker> {
  const options = { resourceLimits: LIMITS };
  const worker = import.meta.url.endsWith('.ts')
    ? new Worker(sourceBootstrap(), { ...options, eval: true })
    : new Worker(new URL('./check-thread.js', import.meta.url), options);
  await nextReply(worker, { id: 0, limit: START_TIME });
  return worker;
}

function sourceBootstrap(): string {
  const loader = createRequire(import.meta.url).resolve('tsx/cjs');
  const file = fileURLToPath(new URL('./check-thread.ts', import.meta.url));
  return `require(${JSON.stringify(loader)}); require(${JSON.stringify(file)});`;
}

function nextReply(worker: Worker, { id, limit }: { id: number; limit: number }): Promise<CheckReply> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
    };
    const onMessage = (reply: CheckReply) => {
      if (reply.id === id) finish(() => resolve(reply));
    };
    const onError = (error: Error) => finish(() => reject(error));
    const onExit = () =>
      finish(() => reject(new Error('The thread that checks definitions ended before it answered.')));
    const timer = setTimeout(() => finish(() => reject(new TooSlowError())), limit);
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
