import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { createFieldTypes } from '../fields/registry.ts';
import { DefinitionErrors } from './definition-errors.ts';
import type { CheckJob, CheckReply } from './load-beside.ts';
import { loadModel } from './load-model.ts';
import { createSlowChecks, recordChecks } from './slow-checks.ts';

/** Runs in a worker thread with a clock over it: a definition that is written while the server runs is data from outside. */

/** What everybody waits for goes before what one person waits for. Elsewhere it would be the whole process that yields. */
const NICE = 10;
if (process.platform === 'linux') setPriority(NICE);

const fieldTypes = createFieldTypes();

function check({ id, options }: CheckJob): CheckReply {
  const { checks, passed } = recordChecks(createSlowChecks());
  try {
    loadModel({ ...options, fieldTypes, slow: checks });
    return { id, passed };
  } catch (error) {
    if (error instanceof DefinitionErrors) return { id, errors: error.errors };
    return { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function answer(reply: CheckReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  parentPort?.postMessage(reply);
}

parentPort?.on('message', (job: CheckJob) => answer(check(job)));
answer({ id: 0, errors: [] });
