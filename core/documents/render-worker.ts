import { parentPort } from 'node:worker_threads';
import Handlebars from 'handlebars';
import { checkTemplate } from './check-template.ts';
import type { RenderJob, RenderReply } from './render-html.ts';
import { templateHelpers } from './template-helpers.ts';

/** Runs in a worker thread with little memory and a clock over it: a template is data from outside, even one of a package. */

const MAX_OUTPUT = 2 * 1_048_576;

/** Nothing else may be called; `log` would write forged lines, `lookup` is a way around plain paths. */
const KNOWN = {
  each: true,
  if: true,
  unless: true,
  with: true,
  helperMissing: true,
  blockHelperMissing: true,
  log: false,
  lookup: false,
  t: true,
  money: true,
  date: true,
  number: true,
  eq: true,
};

const handlebars = Handlebars.create();
handlebars.unregisterHelper('log');
handlebars.unregisterHelper('lookup');

function render(job: RenderJob): RenderReply {
  const data: unknown = JSON.parse(job.data);
  const helpers = templateHelpers(job.settings);
  const texts: string[] = [];
  for (const { name, source, escape } of job.sources) {
    try {
      checkTemplate(source);
      const template = handlebars.compile<unknown>(source, {
        knownHelpers: KNOWN,
        knownHelpersOnly: true,
        noEscape: !escape,
      });
      texts.push(template(data, { helpers }));
    } catch (error) {
      return {
        id: job.id,
        error: { code: 'template', message: `${name}: ${error instanceof Error ? error.message : String(error)}` },
      };
    }
  }
  const length = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (length > MAX_OUTPUT) {
    return {
      id: job.id,
      error: {
        code: 'templateOutput',
        message: `The finished document has ${length} bytes; at most ${MAX_OUTPUT} are allowed.`,
      },
    };
  }
  return { id: job.id, texts };
}

function answer(reply: RenderReply): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
  parentPort?.postMessage(reply);
}

parentPort?.on('message', (job: RenderJob) => answer(render(job)));
answer({ id: 0, texts: [] });
