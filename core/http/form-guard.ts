import { createHmac, timingSafeEqual } from 'node:crypto';

/** What catches robots on a form page. A program that posts plain JSON or pairs never meets it: it sends neither of the two. */

/** Looks like an ordinary field to a robot; people never see it. */
export const HONEYPOT = 'homepage_url';
/** When the page was drawn, signed. */
export const STAMP = '_stamp';
/** A page is good for a day (milliseconds): what a robot has recorded once is worth nothing later. */
const MAX_AGE = 86_400_000;
/** Nobody types a link so soon. Speed alone is no sign: browsers fill in names and phones by themselves. */
const QUICK = 1_500;
const LINK = /https?:\/\/|www\.|<a\b|\[url/i;

export function makeStamp(secret: string, form: string, now: number): string {
  return `${now}.${sign(secret, form, String(now))}`;
}

/**
 * True when the post cannot come from a person at the page: the trap is filled; the stamp is forged, of another form or too old; a link was written
 * faster than anybody types.
 */
export function looksLikeRobot(post: ReadonlyMap<string, unknown>, by: Stamping): boolean {
  const trap = post.get(HONEYPOT);
  if (trap !== undefined && trap !== '') return true;
  const stamp = post.get(STAMP);
  if (stamp === undefined) return false;
  const age = ageOf(stamp, by);
  if (age === null || age > MAX_AGE) return true;
  return (
    age < QUICK && [...post].some(([key, value]) => key !== STAMP && typeof value === 'string' && LINK.test(value))
  );
}

/** The stamp for a page that is drawn again: the one it had, so that a person need not begin to wait anew. */
export function stampAgain(stamp: unknown, by: Stamping): string {
  const age = ageOf(stamp, by);
  return typeof stamp === 'string' && age !== null && age <= MAX_AGE ? stamp : makeStamp(by.secret, by.form, by.now);
}

interface Stamping {
  readonly secret: string;
  readonly form: string;
  readonly now: number;
}

/** Milliseconds since the page was drawn; null for what no page of this form has made. */
function ageOf(stamp: unknown, by: Stamping): number | null {
  const [at = '', signature = ''] = typeof stamp === 'string' ? stamp.split('.') : [];
  const expected = Buffer.from(sign(by.secret, by.form, at));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? by.now - Number(at) : null;
}

function sign(secret: string, form: string, at: string): string {
  return createHmac('sha256', secret).update(`form ${form} ${at}`).digest('base64url');
}
