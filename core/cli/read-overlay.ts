import { existsSync } from 'node:fs';
import { readOverlay } from '../app/overlay-rows.ts';
import type { OverlayRow } from '../app/overlay-rows.ts';
import { openDatabase } from '../storage/open-database.ts';
import { settingsOf } from './command.ts';
import type { Call } from './command.ts';

/** The overlay of the project's database, beside a running server; empty where there is no database yet. */
export async function readOverlayBeside(call: Call): Promise<readonly OverlayRow[]> {
  const { settings, log } = settingsOf(call);
  const { databaseUrl: url } = settings;
  // Opening would make the file.
  if (url.startsWith('sqlite:') && !existsSync(url.slice('sqlite:'.length))) return [];
  const db = await openDatabase({ url, projectDir: call.projectDir, log, exclusive: false });
  try {
    return (await readOverlay(db)).rows;
  } finally {
    await db.close();
  }
}
