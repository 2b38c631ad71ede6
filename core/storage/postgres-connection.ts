import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import { postgresTypes } from './postgres-types.ts';
import type { Connection } from './transaction-scope.ts';
import { translateError } from './translate-error.ts';

const MOST_STATEMENTS = 400;

/** The client keeps the texts it has prepared here; it is the only way to know and to forget them. */
interface WithPrepared {
  readonly connection?: { parsedStatements?: Record<string, string> };
}

/** Statements run under a name made of their text, so that the server parses and plans each once per connection. */
export function connectionOf(client: Client): Connection {
  return {
    async all<Row>(text: string, values: readonly unknown[]) {
      return (await ask(client, text, values)).rows as Row[];
    },
    async run(text, values) {
      return (await ask(client, text, values)).rowCount ?? 0;
    },
  };
}

async function ask(client: Client, text: string, values: readonly unknown[]) {
  try {
    return await client.query({ name: nameOf(text), text, values: values.map(encode), types: postgresTypes });
  } catch (error) {
    throw translateError(error);
  }
}

function nameOf(text: string): string {
  return createHash('sha1').update(text).digest('base64url');
}

/** A bigint as its digits, lists of them too; everything else the driver knows. */
function encode(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return Array.isArray(value) ? value.map(encode) : (value ?? null);
}

/** Forgets all prepared statements of an idle client once they have become too many. */
export async function trimStatements(client: Client): Promise<void> {
  const { connection } = client as WithPrepared;
  if (Object.keys(connection?.parsedStatements ?? {}).length <= MOST_STATEMENTS) return;
  await client.query('deallocate all');
  if (connection) connection.parsedStatements = {};
}
