/** G6: 400 schedules over both changes of the clock in three zones, against a model that asks the platform for every minute. `npx tsx tests/drills/schedules.ts` */
import { CHANGES, differences, RULES } from '../support/schedule-model.ts';
import { createReport } from './support/report.ts';

const report = createReport(`${RULES.length} schedules, ${CHANGES.length} zones, both changes of the clock`);
for (const { zone, days } of CHANGES) {
  for (const day of days) {
    const wrong = differences(zone, day, RULES);
    report.promise(`${zone}, ${day}: no difference (G6, R-51)`, wrong.length === 0, wrong.slice(0, 5).join('; '));
  }
}
report.end();
