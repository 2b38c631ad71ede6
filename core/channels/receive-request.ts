import { asSystem } from '../context.ts';
import type { Clock, Context, Log } from '../context.ts';
import type { ReceivedDoor } from '../records/received.ts';
import type { Records } from '../records/types.ts';
import type { InboundRequest } from './channel.ts';
import type { Channels } from './create-channels.ts';
import type { TakeContext } from './find-counterpart.ts';
import { checkSignature, parseSecrets, unsigned } from './signature.ts';
import { takeMessage } from './take-message.ts';
import { takeOnce } from './take-once.ts';
import { takeCall } from './telephony/take-call.ts';

/** The door for requests of other programs, whatever they bring. */
export interface InboundDoor {
  /**
   * Takes a signed request for a channel or hook, once. `take` is what a hook of the definitions does with it, in the transaction that remembers the
   * request; absent for a name that is none. UNAUTHENTICATED, in the same words: unknown name, forged, stale, sent again. VALIDATION: nothing is kept.
   */
  receive(
    name: string,
    request: InboundRequest,
    take?: (ctx: TakeContext) => Promise<void>,
  ): Promise<'taken' | 'known'>;
}

export interface InboundDeps {
  readonly channels: Channels;
  readonly records: Records;
  readonly rules: ReceivedDoor;
  /** Where secrets of hooks are found: HOOK_SECRET_ and the name. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly log: Log;
}

export function createInboundDoor(deps: InboundDeps): InboundDoor {
  return {
    async receive(name, request, takeHook) {
      const { records, clock, channels } = deps;
      const channel = channels.get(name);
      const signed = channel?.verify
        ? channel.verify(request)
        : checkSignature(channel?.inboundSecrets ?? (takeHook ? hookSecrets(deps, name) : []), request, clock.now());
      if (!channel?.receive && !takeHook) throw unsigned();
      return records.transaction(inboundContext(deps, name), async (ctx) => {
        if (!(await isNews(ctx, name, signed))) return 'known';
        if (!channel?.receive) await takeHook?.(ctx);
        for (const incoming of channel?.receive?.(request) ?? []) {
          if (incoming.is === 'call') await takeCall(deps, ctx, { channel: name, call: incoming });
          else await takeMessage(deps, ctx, { channel: name, message: incoming });
        }
        return 'taken';
      });
    },
  };
}

/**
 * The very same request is a replay and refused. The same id at another time is its sender trying again, since the answer was lost on the way: it is told
 * that all is well, and nothing happens.
 */
async function isNews(
  ctx: TakeContext,
  name: string,
  { id, at }: { readonly id: string; readonly at: number },
): Promise<boolean> {
  const of = { channel: `hook ${name}`, now: ctx.clock.now() };
  if (!(await takeOnce(ctx.tx, { ...of, key: `${id} ${at}` }))) throw unsigned();
  return takeOnce(ctx.tx, { ...of, key: id });
}

/** `priceList` → HOOK_SECRET_PRICE_LIST. None, or one that is too weak, opens nothing. */
function hookSecrets({ environment, log }: InboundDeps, name: string): readonly string[] {
  const variable = `HOOK_SECRET_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
  try {
    return parseSecrets(environment[variable] ?? '');
  } catch (error) {
    log.warn({ err: error, variable }, 'The secret of a hook is not taken');
    return [];
  }
}

function inboundContext({ records, clock, log }: InboundDeps, name: string): Context {
  const nobody = { kind: 'public', id: null, name: 'hook', roles: [], teamMates: [] } as const;
  const locale = records.model().languages[0] ?? 'en';
  return asSystem({ principal: nobody, door: 'form' as const, clock, log, locale }, `hook ${name}`.slice(0, 100));
}
