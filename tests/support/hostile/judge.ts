import { LEAK } from '../leak.ts';
import { tellRequest } from './requests.ts';
import type { HostileRequest } from './requests.ts';
import { CANARY } from './world.ts';
import type { HostileWorld, Received } from './world.ts';

/** What a password looks like where it is kept. */
const CREDENTIAL = /\$argon2|\$scrypt/;

/** Where the product lies on this machine. */
const MACHINE = new URL('../../..', import.meta.url).pathname.replace(/\/$/, '').slice(1);

/** Throws when an answer is none that a caller may get, whatever was asked. */
export function judge(world: HostileWorld, request: HostileRequest, answer: Received): void {
  const { wire } = request;
  const { status, text } = answer;
  const fail = (what: string): never => {
    throw new Error(`${what}\n${tellRequest(request)}\n${status} ${text.slice(0, 800)}`);
  };
  if (world.failures.length > 0) fail(`the log has an error: ${world.failures.join('\n')}`);
  if (status >= 500 && !(status === 503 && answer.header('retry-after') !== null))
    fail('a failure of the server (R-26)');
  world.check({
    method: wire.method,
    path: wire.path,
    status,
    type: answer.header('content-type'),
    text,
    header: answer.header,
  });
  if (status >= 400 && LEAK.test(text)) fail('tells of the inside (R-27)');
  if (text.includes(MACHINE)) fail('tells a path of the machine (R-27)');
  if (CREDENTIAL.test(text)) fail('tells a credential');
  // A mass edit that finds no record looks at no value; one that skips says what it refused.
  const isIdle = /^\{"batch":null,"matched":\d+,"changed":0,/.test(text);
  const taken = status < 400 && !isIdle ? world.allowed(request) : undefined;
  if (taken !== undefined) fail(`takes what the document does not allow: ${taken}`);
  const mayKnow = wire.caller === 'owner' || wire.caller === 'key';
  if (!mayKnow && (text.includes(CANARY) || /canary-7f3a/i.test(text))) fail('tells what the caller may not see');
}
