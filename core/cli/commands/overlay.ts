import { dropOverlay } from '../../app/drop-overlay.ts';
import { overlayFile } from '../../definitions/overlay.ts';
import { openDatabase } from '../../storage/open-database.ts';
import { settingsOf } from '../command.ts';
import type { Command } from '../command.ts';
import { readOverlayBeside } from '../read-overlay.ts';

/** `casement overlay list`: what was changed on screen. */
export const overlayListCommand: Command = {
  name: 'overlay list',
  summary: 'the definitions that were changed on screen and not in files',
  about: 'Runs beside a server.',
  async run(call) {
    for (const row of await readOverlayBeside(call)) call.print(`${overlayFile(row)}  ${row.updatedAt}\n`);
  },
};

/** `casement overlay drop`: the way back when the definitions no longer load with a change made on screen. */
export const overlayDropCommand: Command = {
  name: 'overlay drop',
  summary: 'take one of them out, when the definitions no longer load with it',
  about: `KIND and NAME are those of "overlay/KIND/NAME.json" in the error. While a server runs, DELETE /definitions/KIND/NAME does the
same and checks what is left; on SQLite this command asks to stop it.`,
  operands: ['KIND', 'NAME'],
  async run(call) {
    const { settings, log } = settingsOf(call);
    const db = await openDatabase({ url: settings.databaseUrl, projectDir: call.projectDir, log });
    try {
      const [kind = '', name = ''] = call.operands;
      await dropOverlay(db, log, { kind, name });
      call.print(`The overlay no longer holds ${kind}/${name}. "casement start" tells what is still wrong.\n`);
    } finally {
      await db.close();
    }
  },
};
