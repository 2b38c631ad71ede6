import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { CasementError } from '../../errors.ts';
import { verifyLedger } from '../../records/verify-ledger.ts';
import type { LedgerFault } from '../../records/verify-ledger.ts';
import { openDatabase } from '../../storage/open-database.ts';
import { planSchema } from '../../storage/plan.ts';
import type { SchemaPlan } from '../../storage/plan.ts';
import { flag, modelOf, settingsOf } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { createProgress } from '../progress.ts';

/** `casement ledger verify`: works the chain of every record out anew. Reads only, beside a running server. */
export const ledgerVerifyCommand: Command = {
  name: 'ledger verify',
  summary: 'check that nobody has tampered with the ledger',
  about: `Works out anew the chain of every record's changes and compares each record with its last change. Prints every
place where a change was altered, taken out, put in or moved. Reads only; may run beside the server.
Exit code 0 when all is right, 1 when not.`,
  options: {
    values: { type: 'boolean', text: 'compare every field of every record with its changes, too (slower)' },
  },
  async run(call) {
    const report = await verified(call);
    const erased = report.erased > 0 ? `, ${report.erased} of them with erased values` : '';
    const size = `${report.changes} changes of ${report.records} records${erased}`;
    if (report.faults.length === 0) return call.print(`The ledger is whole: ${size}.\n`);
    call.print(report.faults.map(faultLine).join(''));
    throw new CasementError(
      'CONFLICT',
      `The ledger has ${report.faults.length} faults in ${size}. Compare with a backup.`,
    );
  },
};

async function verified(call: Call) {
  const model = modelOf(call);
  const { settings, log } = settingsOf(call);
  refuseMissing(settings.databaseUrl, call.projectDir);
  const db = await openDatabase({ url: settings.databaseUrl, projectDir: call.projectDir, log, exclusive: false });
  const progress = createProgress();
  try {
    refuseUnlike(await planSchema(db, model));
    return await verifyLedger(db, model, {
      values: flag(call, 'values'),
      onProgress: (done, total) => progress.report('Changes', done, total),
    });
  } finally {
    progress.end();
    await db.close();
  }
}

/** To open an SQLite file that is not there would make it. */
function refuseMissing(url: string, projectDir: string): void {
  const [, path] = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url) ?? [];
  if (path === undefined || existsSync(resolve(projectDir, path))) return;
  throw new CasementError('UNAVAILABLE', `There is no database at ${path} yet.`);
}

/** Records can be compared only with definitions whose tables and columns are there. */
function refuseUnlike({ steps }: SchemaPlan): void {
  if (!steps.some(({ kind }) => ['createTable', 'addColumn', 'changeColumn'].includes(kind))) return;
  throw new CasementError(
    'UNAVAILABLE',
    'The database does not hold these definitions yet. Start the server with them first, or name the project it was made for.',
  );
}

function faultLine({ entity, record, seq, what }: LedgerFault): string {
  return `${entity} ${record}${seq === undefined ? '' : `, change ${seq}`}: ${what}\n`;
}
