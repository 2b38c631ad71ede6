import { deriveSecret } from '../signature.ts';
import type { WebhookRow } from './webhook-rows.ts';

/** While a secret is exchanged the one before still signs, too. */
const OVERLAP = 86_400_000;

/**
 * What a webhook signs with, the newest first. Made of the server's own secret and of where it goes: the database holds none, and another address has
 * another one.
 */
export function secretsOf(
  own: string,
  hook: Pick<WebhookRow, 'id' | 'url' | 'generation' | 'rotatedAt'>,
  now: number,
): readonly string[] {
  const newest = secretOf(own, hook, hook.generation);
  const isExchanged = hook.generation > 1 && now - hook.rotatedAt < OVERLAP;
  return isExchanged ? [newest, secretOf(own, hook, hook.generation - 1)] : [newest];
}

function secretOf(own: string, { id, url }: Pick<WebhookRow, 'id' | 'url'>, generation: number): string {
  const { origin, pathname } = new URL(url);
  return deriveSecret(own, `webhook ${id} ${origin}${pathname} ${generation}`);
}
