import { rollbackDatabase } from '../../app/upgrade/rollback.ts';
import { flag, settingsOf } from '../command.ts';
import type { Command } from '../command.ts';
import { createProgress } from '../progress.ts';
import { withDatabaseAlone } from '../with-database-alone.ts';

/** `casement rollback`: the database as it was before the last apply. */
export const rollbackCommand: Command = {
  name: 'rollback',
  summary: 'put the database back as it was before the last apply',
  about: `Restores the snapshot that the last "casement apply" took, whole or not at all, and reads it back to prove it. Needs the database alone.
Refuses when records changed since. The definitions are your files: put back the old ones yourself before you start the server.
Uploaded files are not touched.`,
  options: {
    'discard-changes': { type: 'boolean', text: 'also when records changed since; those changes are lost' },
  },
  async run(call) {
    const { settings, log } = settingsOf(call);
    const progress = createProgress();
    const { snapshot, summary } = await withDatabaseAlone({ ...settings, projectDir: call.projectDir, log }, (db) =>
      rollbackDatabase({
        db,
        dataDir: settings.dataDir,
        discardChanges: flag(call, 'discard-changes'),
        report: (...args) => progress.report(...args),
      }),
    ).finally(() => progress.end());
    call.print(
      `The database is as it was in snapshots/${snapshot}: ${summary.rows.toLocaleString('en')} rows, SHA-256 ${summary.sha256}.
Put back the definitions of that time before you start the server, or it will ask for the same changes again.\n`,
    );
  },
};
