import { createHmac, timingSafeEqual } from 'node:crypto';

/** What catches robots on a form page. A program that posts plain JSON or pairs never meets it: it sends neither of the two. */

/** Looks like an ordinary field to a robot; people never see it. */
export const HONEYPOT = 'homepage_url';
/** When the page was drawn, signed. */
export const STAMP = '_stamp';
/** A page is good for a day (milliseconds): what a robot has recorded once is worth nothing later. Speed is no sign: password managers are quick. */
const MAX_AGE = 86_400_000;

export function makeStamp(secret: string, form: string, now: number): string {
  return `${now}.${sign(secret, form, String(now))}`;
}

/** True when the post cannot come from a person at the page: the trap is filled, or the stamp is forged, of another form or too old. */
export function looksLikeRobot(
  post: ReadonlyMap<string, unknown>,
  by: { secret: string; form: string; now: number },
): boolean {
  const trap = post.get(HONEYPOT);
  if (trap !== undefined && trap !== '') return true;
  const stamp = post.get(STAMP);
  if (stamp === undefined) return false;
  const [at = '', signature = ''] = typeof stamp === 'string' ? stamp.split('.') : [];
  const expected = Buffer.from(sign(by.secret, by.form, at));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return true;
  return by.now - Number(at) > MAX_AGE;
}

function sign(secret: string, form: string, at: string): string {
  return createHmac('sha256', secret).update(`form ${form} ${at}`).digest('base64url');
}
