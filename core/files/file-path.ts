import { join } from 'node:path';
import type { Transaction } from '../context.ts';
import { sql } from '../storage/sql.ts';

/** Where a file's content lies: 256 folders by the last byte of the id, its random end, so that none grows huge. */
export function filePath(dir: string, id: string): string {
  return join(dir, id.slice(-2), id);
}

/** A file as `_files` describes it. */
export interface StoredFile {
  readonly id: string;
  readonly size: number;
  readonly sha256: string;
  /** Whether a record has it; one that nobody claimed may go at any time. */
  readonly isClaimed: boolean;
}

const CHUNK = 1000;

/** Every file the database knows, in the order of ids, a few at a time. */
export async function* listFiles(tx: Transaction): AsyncGenerator<StoredFile> {
  for (let after = ''; ;) {
    const rows = await tx.all<{ id: string; size: number | string; sha256: string; entity: string | null }>(
      sql`select "id", "size", "sha256", "entity" from "_files" where "id" > ${after} order by "id" limit ${sql.raw(String(CHUNK))}`,
    );
    for (const { id, size, sha256, entity } of rows)
      yield { id, size: Number(size), sha256, isClaimed: entity !== null };
    const last = rows.at(-1);
    if (!last || rows.length < CHUNK) return;
    after = last.id;
  }
}
