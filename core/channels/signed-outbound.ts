import type { Clock } from '../context.ts';
import { checkUrl } from './outbound-request.ts';
import type { Outbound } from './outbound-request.ts';
import { deriveSecret, signatureHeaders } from './signature.ts';

/** The way out of rules: what a rule sends is signed, with a secret that belongs to the address alone. */
export interface SignedOutbound extends Outbound {
  /** What requests of rules to this address are signed with, for whoever is to check them. VALIDATION. */
  secretFor(url: string): string;
}

export function createSignedOutbound({
  outbound,
  secret,
  clock,
}: {
  readonly outbound: Outbound;
  /** The server's own. */
  readonly secret: string;
  readonly clock: Clock;
}): SignedOutbound {
  const secretFor = (text: string) => {
    const { origin, pathname } = checkUrl(text);
    return deriveSecret(secret, `rule ${origin}${pathname}`);
  };
  return {
    secretFor,
    async send(request) {
      const { url, body = '', headers = {} } = request;
      const id = headers['Idempotency-Key'];
      if (id === undefined) return outbound.send(request);
      const signed = signatureHeaders([secretFor(url)], { id: printable(id), at: clock.now(), body });
      return outbound.send({ ...request, headers: { ...headers, ...signed } });
    },
  };
}

function printable(key: string): string {
  return key.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, 200);
}
