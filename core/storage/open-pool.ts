import pg from 'pg';
import type { Log } from '../context.ts';
import { configOf } from './postgres-config.ts';

/** Connections of an engine that brings statements of its own; everything else goes through `Database`. */
export type PostgresPool = pg.Pool;

/** A pool beside the database's own; undefined on SQLite. Nothing is connected until it is used. */
export function openPool(url: string, options: { readonly size: number; readonly log: Log }): PostgresPool | undefined {
  if (!/^postgres(ql)?:\/\//.test(url)) return undefined;
  const pool = new pg.Pool({ ...configOf(url), keepAlive: true, max: options.size });
  const heard = (error: Error) => options.log.debug({ err: error }, 'a connection of the job engine was lost');
  pool.on('error', heard);
  // A connection that breaks while it is in use would otherwise end the process.
  pool.on('connect', (client) => client.on('error', heard));
  return pool;
}
