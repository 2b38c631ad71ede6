import { describe, expect, test } from 'vitest';
import { checkSignature, deriveSecret, parseSecrets, signatureHeaders } from './signature.ts';

const NOW = Date.UTC(2026, 2, 1, 10, 0, 0);
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'another secret of at least 24';
const BODY = '{"test": 2432232314}';

function check(secrets: readonly string[], headers: Readonly<Record<string, string>>, body = BODY, now = NOW) {
  return checkSignature(secrets, { header: (name) => headers[name], body: Buffer.from(body) }, now);
}

const without = (headers: Readonly<Record<string, string>>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));

describe('signed requests (R-58)', () => {
  test('the example of the specification', () => {
    const headers = signatureHeaders([SECRET], {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: 1_614_265_330_000,
      body: BODY,
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test('while a secret is exchanged both are signed with and both are taken', () => {
    const both = signatureHeaders([SECRET, OTHER], { id: 'a', at: NOW, body: BODY });
    for (const known of [[SECRET], [OTHER], [OTHER, SECRET]]) expect(check(known, both)).toEqual({ id: 'a', at: NOW });
    expect(() => check([deriveSecret('x', 'y')], both)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  test.each<[string, (headers: Record<string, string>) => [Record<string, string>, string, number]]>([
    ['another body', (headers) => [headers, `${BODY} `, NOW]],
    ['another id', (headers) => [{ ...headers, 'webhook-id': 'b' }, BODY, NOW]],
    ['another time', (headers) => [{ ...headers, 'webhook-timestamp': String(NOW / 1000 + 1) }, BODY, NOW]],
    ['more than five minutes old', (headers) => [headers, BODY, NOW + 301_000]],
    ['of the future', (headers) => [headers, BODY, NOW - 301_000]],
    ['no signature', (headers) => [without(headers, 'webhook-signature'), BODY, NOW]],
    ['an empty signature', (headers) => [{ ...headers, 'webhook-signature': '' }, BODY, NOW]],
    ['no time', (headers) => [without(headers, 'webhook-timestamp'), BODY, NOW]],
    [
      'another version',
      (headers) => [
        { ...headers, 'webhook-signature': `v2,${headers['webhook-signature']?.slice(3) ?? ''}` },
        BODY,
        NOW,
      ],
    ],
  ])('%s is refused', (_name, forge) => {
    const [headers, body, now] = forge({ ...signatureHeaders([SECRET], { id: 'a', at: NOW, body: BODY }) });
    expect(() => check([SECRET], headers, body, now)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  test('short secrets are refused, and no secret at all signs nothing', () => {
    expect(parseSecrets(` ${SECRET}  ${OTHER.replaceAll(' ', '-')} `)).toHaveLength(2);
    expect(() => parseSecrets(`${SECRET} short`)).toThrow('Secret 2 is too short');
    const headers = signatureHeaders([], { id: 'a', at: NOW, body: BODY });
    expect(() => check([], headers)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });
});
