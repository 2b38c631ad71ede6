import { createHmac, timingSafeEqual } from 'node:crypto';

/** Ties the answer to a letter to a card by the address it is sent to, for mail servers that change Message-IDs. Nobody else can make one. */
export interface ReplyTokens {
  /** `replies+<token>@example.com`; undefined when no such address is set. */
  addressFor(record: string): string | undefined;
  /** The id of the record whose token one of the addresses holds. */
  recordIn(addresses: readonly string[]): string | null;
}

const PLACE = '{token}';
const MAC_LENGTH = 20;

/** `template` is an address with `{token}` in its local part. Throws a sentence about one that is not. */
export function createReplyTokens(secret: string, template: string | undefined): ReplyTokens {
  if (template === undefined) return { addressFor: () => undefined, recordIn: () => null };
  const [before = '', after] = template.split(PLACE);
  if (after === undefined || !/^[^\s@]{0,11}$/.test(before) || !/^@[^\s@]+$/.test(after))
    throw new Error('Must be an address such as re+{token}@example.com, with at most 11 characters before {token}.');
  const macOf = (hex: string) => createHmac('sha256', secret).update(`reply ${hex}`).digest('hex').slice(0, MAC_LENGTH);
  return {
    addressFor(record) {
      const hex = record.replaceAll('-', '');
      return `${before}${hex}${macOf(hex)}${after}`;
    },
    recordIn(addresses) {
      for (const address of addresses) {
        const token = address.toLowerCase().endsWith(after.toLowerCase())
          ? address.slice(before.length, -after.length)
          : '';
        const [, hex = '', mac = ''] = /^([0-9a-f]{32})([0-9a-f]{20})$/.exec(token.toLowerCase()) ?? [];
        if (hex !== '' && timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(hex)))) return withHyphens(hex);
      }
      return null;
    },
  };
}

function withHyphens(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
