import { CasementError } from '../../errors.ts';
import type { OutwardAction, StepContext } from '../action-type.ts';
import { inputOf, invalid, objectIn, requiredText, textIn } from './input.ts';

/** What the action needs of the way out: addresses checked, nothing waited for without an end. */
export interface OutboundService {
  /** Answers whatever status comes; VALIDATION: never to be sent; UNAVAILABLE: not reached. */
  send(request: {
    readonly method: Method;
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  }): Promise<{ readonly status: number; readonly body: string }>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'DELETE'];
/** Trying again may help: too many, not ready, or broken over there. */
const PASSING = new Set([408, 425, 429]);

/** Tells another program. `Idempotency-Key` is the same at every try, so that the receiver can know a repetition. */
export function webhookAction(outbound: OutboundService): OutwardAction {
  return {
    name: 'webhook',
    kind: 'outward',
    input: inputOf('webhook'),
    async run(step) {
      const method = METHODS.find((known) => known === (textIn(step.input, 'method') ?? 'POST')) ?? 'POST';
      const url = requiredText(step.input, 'url');
      const { status } = await outbound.send({ method, url, ...contentOf(step, method) });
      const { host } = new URL(url);
      if (status >= 500 || PASSING.has(status)) throw new CasementError('UNAVAILABLE', `${host} answered ${status}.`);
      if (status >= 300) throw invalid('url', `${host} answered ${status}.`);
      step.log(`${host} took it (${status}).`);
      return { status };
    },
  };
}

function contentOf(step: StepContext, method: Method) {
  const named = Object.entries(objectIn(step.input, 'headers')).map(([name, value]) => [name, String(value)] as const);
  const body = step.input['body'];
  const isJson = typeof body === 'object' && body !== null;
  const headers: Record<string, string> = {
    ...(isJson ? { 'Content-Type': 'application/json' } : {}),
    ...Object.fromEntries(named),
    'Idempotency-Key': step.key,
  };
  if (method === 'GET' || body === undefined || body === null) return { headers };
  return { headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
