import { useTranslation } from 'react-i18next';
import { FileLink } from '../../../fields/file-upload.tsx';
import { displayOf, referenceOf } from '../../../model/display.ts';
import { formatTime, useLocale } from '../../../model/format.ts';
import type { Change, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { ActivityBody } from './activity-body.tsx';
import { FieldChanges } from './field-changes.tsx';
import { Headline } from './headline.tsx';
import { ItemSign } from './item-sign.tsx';
import { TaskBody } from './task-body.tsx';
import { ruleText, systemReason, type TimelineItem, valuesAfter } from './timeline-items.ts';
import classes from './timeline.module.css';

interface Props {
  readonly item: TimelineItem;
  /** What the change is about, as it stands now; absent for the card's own record and for what is gone. */
  readonly record: RecordData | undefined;
  readonly records: ReadonlyMap<string, RecordData>;
}

/** One row: what happened, its details, who did it and when. */
export function TimelineRow({ item, record, records }: Props) {
  const locale = useLocale();
  const { change } = item;
  return (
    <li className={classes['item']}>
      <ItemSign item={item} record={record} />
      <div className={classes['body']}>
        <div className={classes['head']}>
          <span className={classes['what']}>
            <Headline item={item} record={record} records={records} />
          </span>
          <time className={classes['time']} dateTime={change.at} title={new Date(change.at).toLocaleString(locale)}>
            {formatTime(change.at, locale)}
          </time>
        </div>
        <Details item={item} record={record} />
        {change.note ? <div className={classes['note']}>{change.note}</div> : null}
        <Author change={change} record={record} />
      </div>
    </li>
  );
}

function Details({ item, record }: { readonly item: TimelineItem; readonly record: RecordData | undefined }) {
  const { change, kind } = item;
  const values = record ?? valuesAfter(change);
  if (item.changes.length > 1) return null;
  if (kind === 'created') {
    if (change.entity === 'activity') return <ActivityBody values={values} />;
    if (change.entity === 'task') return <TaskBody values={values} />;
    if (change.entity === 'document') return <FileLink value={values['file']} />;
    return null;
  }
  if (change.kind === 'document.generated') return <FileLink value={values['file']} />;
  const isDone = change.entity === 'task' && Boolean(change.fields['doneAt']);
  if (kind === 'updated' || kind === 'moved') return isDone ? null : <FieldChanges change={change} />;
  return null;
}

/** A person, or the rule that did it, or what the system did it for. */
function Author({ change, record }: { readonly change: Change; readonly record: RecordData | undefined }) {
  const { t } = useTranslation();
  const model = useModel();
  const rule = change.cause?.rule;
  const field = change.entity === 'activity' ? model.field('activity', 'assignee') : undefined;
  // A talk that came in with other data was still had by a person.
  const speaker = field ? referenceOf(record?.['assignee'], field) : null;
  const spokenBy = speaker?.record ? displayOf(model, speaker.entity, speaker.record) : '';
  const name = change.by.kind === 'system' ? spokenBy || t('card.system') : change.by.name;
  return (
    <div className={classes['author']} title={change.by.kind === 'system' ? systemReason(change.by.name) : undefined}>
      {rule ? t('card.byRule', { rule: ruleText(rule) }) : name}
    </div>
  );
}
