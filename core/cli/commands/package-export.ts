import { resolve } from 'node:path';
import { overlayFile } from '../../definitions/overlay.ts';
import type { Command } from '../command.ts';
import { exportPackage } from '../export-package.ts';
import { readOverlayBeside } from '../read-overlay.ts';

/** `casement package export`: the definitions as files, the overlay in them. */
export const packageExportCommand: Command = {
  name: 'package export',
  summary: "write the project's definitions, with what was changed on screen in them, into files",
  about: `Without DIR the project's own files are changed, each only where the overlay says something else, so that a diff shows the
edits alone. With DIR the whole package is written there: an empty folder, or an earlier export. Nothing is written unless the
result says exactly what the running definitions say. Runs beside a server; the overlay stays in the database and then says
nothing new: take its documents out with DELETE /definitions/KIND/NAME.`,
  operands: ['DIR?'],
  async run(call) {
    const overlay = await readOverlayBeside(call);
    const target = resolve(call.operands[0] ?? call.projectDir);
    const { projectDir, plugins } = call;
    const { changed, hash } = exportPackage({ projectDir, overlay, target, ...(plugins ? { plugins } : {}) });
    for (const document of overlay) call.print(`from ${overlayFile(document)}\n`);
    for (const path of changed) call.print(`  to ${path}\n`);
    const files = changed.length === 1 ? '1 file' : `${changed.length} files`;
    call.print(`${files} written in ${target}. Model ${hash.slice(0, 12)}.\n`);
  },
};
