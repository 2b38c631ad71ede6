import { displayOf, referenceOf } from '../../../model/display.ts';
import { formatInstant, useLocale } from '../../../model/format.ts';
import type { RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import classes from './timeline.module.css';

/** For whom and until when; done or still open. */
export function TaskBody({ values }: { readonly values: RecordData }) {
  const model = useModel();
  const locale = useLocale();
  const field = model.field('task', 'assignee');
  const assignee = field ? referenceOf(values['assignee'], field) : null;
  const name = assignee?.record ? displayOf(model, assignee.entity, assignee.record) : '';
  const due = values['dueAt'];
  const dueTitle = model.field('task', 'dueAt')?.title;
  const done = values['doneAt'];
  const facts = [
    name,
    typeof due === 'string' ? `${dueTitle}: ${formatInstant(due, locale)}` : '',
    typeof done === 'string' ? `${model.field('task', 'doneAt')?.title}: ${formatInstant(done, locale)}` : '',
  ].filter(Boolean);
  return facts.length > 0 ? <div className={classes['facts']}>{facts.join(' · ')}</div> : null;
}
