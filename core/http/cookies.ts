import type { Request, Response } from 'express';
import type { HttpSettings } from './deps.ts';

/** The session cookie. Over https it is `__Host-` and Secure; over plain http (a trial on one machine) neither can be. */
function sessionCookieName(settings: HttpSettings): string {
  return isHttps(settings) ? '__Host-casement' : 'casement';
}

export function isHttps(settings: HttpSettings): boolean {
  return settings.url?.startsWith('https:') ?? false;
}

export function readSessionCookie(request: Request, settings: HttpSettings): string | undefined {
  const name = sessionCookieName(settings);
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

export function setSessionCookie(
  response: Response,
  settings: HttpSettings,
  session: { token: string; maxAge: number },
): void {
  const seconds = Math.floor(session.maxAge / 1000);
  response.setHeader('Set-Cookie', cookie(settings, session.token, seconds));
}

export function clearSessionCookie(response: Response, settings: HttpSettings): void {
  response.setHeader('Set-Cookie', cookie(settings, '', 0));
}

function cookie(settings: HttpSettings, value: string, seconds: number): string {
  const secure = isHttps(settings) ? '; Secure' : '';
  return `${sessionCookieName(settings)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
