import { Checkbox } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangleFilled } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSave } from '../../api/hooks.ts';
import { errorText } from '../../i18n/error-text.ts';
import { displayOf, referenceOf } from '../../model/display.ts';
import { formatInstant, formatRelative, formatTime, useLocale } from '../../model/format.ts';
import type { RecordData } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { isLate } from './task-groups.ts';
import classes from './tasks-page.module.css';
import { UndoMessage } from './undo-message.tsx';

interface Props {
  readonly task: RecordData;
  readonly now: Date;
  readonly showAssignee: boolean;
  /** In a narrow column: when and who stand below the title. */
  readonly isNarrow?: boolean;
}

/** One task: tick it, or open it or what it is about. */
export function TaskRow({ task, now, showAssignee, isNarrow = false }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const { done, tick } = useTick(task);
  const entity = model.entity('task');
  const title = displayOf(model, entity, task) || t('list.untitled');
  const about = linked(task['about'], 'about');
  const assignee = showAssignee ? linked(task['assignee'], 'assignee') : null;
  function linked(value: unknown, key: string) {
    const field = model.field('task', key);
    const reference = field ? referenceOf(value, field) : null;
    return reference?.record ? { ...reference, title: displayOf(model, reference.entity, reference.record) } : null;
  }
  return (
    <li className={classes['row']} data-done={done || undefined} data-narrow={isNarrow || undefined}>
      <Checkbox
        className={classes['tick'] ?? ''}
        radius="xl"
        checked={done}
        disabled={!entity.can.update}
        onChange={() => void tick(title)}
        aria-label={t('tasks.markDone', { title })}
      />
      <div className={classes['what']}>
        <Link to="/$entity/$id" params={{ entity: 'task', id: String(task['id']) }} className={classes['title']}>
          {title}
        </Link>
        {about?.title ? (
          <Link to="/$entity/$id" params={{ entity: about.entity, id: about.id }} className={classes['about']}>
            <span className={classes['kind']}>{model.findEntity(about.entity)?.title}</span> {about.title}
          </Link>
        ) : null}
      </div>
      <div className={classes['meta']}>
        <Due task={task} now={now} />
        {assignee ? <span className={classes['assignee']}>{assignee.title}</span> : null}
      </div>
    </li>
  );
}

function Due({ task, now }: { readonly task: RecordData; readonly now: Date }) {
  const { t } = useTranslation();
  const locale = useLocale();
  const due = task['dueAt'];
  if (typeof due !== 'string') return null;
  const sameDay = new Date(due).toDateString() === now.toDateString();
  const exact = formatInstant(due, locale, now);
  if (isLate(task, now)) {
    return (
      <time dateTime={due} title={exact} className={classes['late']}>
        <IconAlertTriangleFilled size={14} aria-hidden />
        {t('tasks.lateBy', { when: formatRelative(due, locale, now.getTime()) })}
      </time>
    );
  }
  return (
    <time dateTime={due} title={exact} className={classes['due']}>
      {sameDay ? formatTime(due, locale) : exact}
    </time>
  );
}

/** Done at once on screen, with a way back for a slip of the finger. */
function useTick(task: RecordData) {
  const { t } = useTranslation();
  const save = useSave('task');
  const [ticked, setTicked] = useState(false);
  const id = String(task['id']);
  const setDone = async (doneAt: string | null): Promise<boolean> => {
    setTicked(doneAt !== null);
    try {
      await save.mutateAsync({ id, values: { doneAt } });
      return true;
    } catch (error) {
      setTicked(false);
      notifications.show({ color: 'red', message: errorText(error, t) });
      return false;
    }
  };
  const tick = async (title: string): Promise<void> => {
    if (ticked || !(await setDone(new Date().toISOString()))) return;
    const toast = `done:${id}`;
    notifications.show({
      id: toast,
      message: (
        <UndoMessage
          text={t('tasks.isDone', { title })}
          onUndo={() => {
            notifications.hide(toast);
            void setDone(null);
          }}
        />
      ),
    });
  };
  return { done: ticked, tick };
}
