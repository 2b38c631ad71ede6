import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { App } from '../app.ts';

/** The demo log-ins as text: those just made are written down, those of an earlier start read again. Undefined when there are none. */
export async function demoLoginsText(app: Pick<App, 'demoLogins'>, dataDir: string): Promise<string | undefined> {
  const path = join(dataDir, 'demo-logins.txt');
  if (app.demoLogins.length > 0) {
    const text = formatLogins(app.demoLogins);
    await writeFile(path, text, { mode: 0o600 });
    return text;
  }
  return readFile(path, 'utf8').catch(() => undefined);
}

function formatLogins(logins: App['demoLogins']): string {
  const rows = logins.map(({ name, email, password, roles }) => [email, password, roles.join(', '), name]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
