import { existsSync } from 'node:fs';
import { findJournal } from '../../app/upgrade/apply-plan.ts';
import { refuseSurplus } from '../../app/upgrade/refuse-open.ts';
import { openDatabase } from '../../storage/open-database.ts';
import { openSteps, planSchema } from '../../storage/plan.ts';
import { refuseHalfApplied } from '../../storage/plan/journal.ts';
import { ANSWER_OPTIONS, answersOf } from '../answers.ts';
import { flag, modelOf, settingsOf } from '../command.ts';
import type { Command } from '../command.ts';
import { currentModel } from '../current-model.ts';
import { planJson, planText } from '../plan-text.ts';

const ANSWERS_NEEDED = 3;

/** `casement plan`: what the database needs to fit the definitions. Changes nothing. */
export const planCommand: Command = {
  name: 'plan',
  summary: 'show what the database needs to fit the definitions, and change nothing',
  about: `Runs beside a server. Names every step, whether it is safe, how many rows it rewrites and which records stand in its way, and
for each step that is not safe what to type. With the options of "casement apply" it shows what they would do.
Exit code 0 when there is nothing to do or every step may be taken, 3 when answers are needed, 1 when something is wrong.`,
  options: { json: { type: 'boolean', text: 'for programs' }, ...ANSWER_OPTIONS },
  async run(call) {
    const answers = answersOf(call);
    const { settings, log } = settingsOf(call);
    const { databaseUrl } = settings;
    if (databaseUrl.startsWith('sqlite:') && !existsSync(databaseUrl.slice('sqlite:'.length))) {
      modelOf(call);
      call.print('There is no database yet: "casement start" makes it.\n');
      return;
    }
    const db = await openDatabase({ url: databaseUrl, projectDir: call.projectDir, log, exclusive: false });
    try {
      refuseHalfApplied(await findJournal(db));
      const model = await currentModel(call, db);
      const plan = await planSchema(db, model, answers);
      refuseSurplus(plan);
      call.print(flag(call, 'json') ? planJson(plan) : planText(plan));
      if (openSteps(plan).length > 0) process.exitCode = ANSWERS_NEEDED;
    } finally {
      await db.close();
    }
  },
};
