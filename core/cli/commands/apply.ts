import { upgradeDatabase } from '../../app/upgrade/apply-plan.ts';
import type { Upgraded } from '../../app/upgrade/apply-plan.ts';
import { systemClock } from '../../context.ts';
import { prepareCarrier } from '../../jobs/carrier.ts';
import { ANSWER_OPTIONS, answersOf } from '../answers.ts';
import { settingsOf, text } from '../command.ts';
import type { Command } from '../command.ts';
import { currentModel } from '../current-model.ts';
import { createProgress } from '../progress.ts';
import { withDatabaseAlone } from '../with-database-alone.ts';

/** `casement apply`: makes the database fit the definitions. */
export const applyCommand: Command = {
  name: 'apply',
  summary: 'make the database fit the definitions, after a snapshot where anything could be lost',
  about: `Takes the steps "casement plan" shows. Needs the database alone: stop the servers first. Refuses, and changes nothing, while a step
waits for an answer, or when an answer fits no step. Cut off in the middle, the next "casement apply" goes on where it stood.
Every changed value stands in the history of its record; rules do not follow from it. "casement rollback" puts everything back.`,
  options: {
    ...ANSWER_OPTIONS,
    plan: { type: 'string', hint: 'SUM', text: 'refuse any other plan than this one of "casement plan"' },
  },
  async run(call) {
    const answers = answersOf(call);
    const { settings, log } = settingsOf(call);
    const checksum = text(call, 'plan');
    const progress = createProgress();
    const done = await withDatabaseAlone({ ...settings, projectDir: call.projectDir, log }, async (db) =>
      upgradeDatabase({
        db,
        model: await currentModel(call, db),
        clock: systemClock,
        log,
        dataDir: settings.dataDir,
        answers,
        report: (...args) => progress.report(...args),
        ...(checksum === undefined ? {} : { checksum }),
      }),
    ).finally(() => progress.end());
    await prepareCarrier({ url: settings.databaseUrl, log });
    call.print(doneText(done));
  },
};

function doneText({ tasks, records, snapshot, resumed }: Upgraded): string {
  if (tasks === 0) return 'Nothing to do: the database fits the definitions.\n';
  const rows = records === 0 ? '' : `, ${records.toLocaleString('en')} records looked at`;
  const back =
    snapshot === null ? '' : `A snapshot of before is snapshots/${snapshot}; "casement rollback" goes back to it.\n`;
  return `${resumed ? 'Finished what had been cut off' : 'Done'}: ${tasks} ${tasks === 1 ? 'step' : 'steps'}${rows}. The database fits the definitions.\n${back}`;
}
