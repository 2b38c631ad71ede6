import type pg from 'pg';

/** The driver's settings for a `postgres://…` address. */
export function configOf(url: string): pg.ClientConfig & { readonly ssl?: { rejectUnauthorized: boolean } } {
  const parsed = new URL(url);
  const mode = parsed.searchParams.get('sslmode') ?? 'disable';
  return {
    host: decodeURIComponent(parsed.searchParams.get('host') ?? parsed.hostname),
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    application_name: 'casement',
    ...(mode === 'disable' || mode === 'prefer' ? {} : { ssl: { rejectUnauthorized: mode.startsWith('verify') } }),
  };
}
