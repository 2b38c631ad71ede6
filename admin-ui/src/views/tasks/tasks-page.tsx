import { Button, SegmentedControl, Skeleton, Title } from '@mantine/core';
import { IconCoffee, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useList } from '../../api/hooks.ts';
import { useLocale } from '../../model/format.ts';
import { useOpenRecordDialog } from '../../model/record-dialog.ts';
import { useMe, useModel } from '../../model/use-model.ts';
import { useNow } from '../../model/use-now.ts';
import { ErrorPage } from '../../shell/error-page.tsx';
import { HOME_VIEW } from '../../shell/menu-items.tsx';
import { usePageTitle } from '../../shell/use-page-title.ts';
import { groupTasks } from './task-groups.ts';
import { TaskRow } from './task-row.tsx';
import classes from './tasks-page.module.css';

/** The first page of the day: what is late, what is due today, what comes next. */
export function TasksPage() {
  const { t } = useTranslation();
  const model = useModel();
  usePageTitle(model.view(HOME_VIEW)?.title ?? t('tasks.title'));
  return model.findEntity('task') ? <Tasks /> : <Welcome />;
}

function Tasks() {
  const { t } = useTranslation();
  const locale = useLocale();
  const model = useModel();
  const openDialog = useOpenRecordDialog();
  const now = useNow();
  const [whose, setWhose] = useState<'mine' | 'all'>('mine');
  const entity = model.entity('task');
  const view = model.view(HOME_VIEW);
  const filter =
    whose === 'all' ? { doneAt: { empty: true } } : (view?.filter ?? { assignee: '$me', doneAt: { empty: true } });
  const expand = ['about', 'assignee'].filter((key) => model.field('task', key));
  const list = useList('task', { filter, sort: ['dueAt'], limit: 200, expand });
  const groups = groupTasks(list.data?.data ?? [], now);
  const today = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' }).format(now);
  return (
    <div className={classes['scroll']}>
      <div className={classes['page']}>
        <header className={classes['header']}>
          <div>
            <Title order={1}>{view?.title ?? t('tasks.title')}</Title>
            <span className={classes['date']}>{today}</span>
          </div>
          <SegmentedControl
            size="xs"
            aria-label={t('tasks.whose')}
            value={whose}
            onChange={(next) => setWhose(next === 'all' ? 'all' : 'mine')}
            data={[
              { value: 'mine', label: t('tasks.mine') },
              { value: 'all', label: t('tasks.everyones') },
            ]}
          />
          {entity.can.create ? (
            <Button
              size="xs"
              leftSection={<IconPlus size={14} aria-hidden />}
              onClick={() => openDialog({ entity: 'task', fields: ['title', 'dueAt', 'about', 'assignee', 'notes'] })}
            >
              {t('common.newOf', { title: entity.title })}
            </Button>
          ) : null}
        </header>
        {list.isPending ? <Skeleton h={180} /> : null}
        {list.isError && !list.data ? <ErrorPage error={list.error} reset={() => void list.refetch()} /> : null}
        {list.data && groups.length === 0 ? (
          <div className={classes['empty']}>
            <IconCoffee size={32} stroke={1.2} aria-hidden />
            {t('tasks.none')}
          </div>
        ) : null}
        {groups.map((group) => (
          <section key={group.key} aria-labelledby={`tasks-${group.key}`}>
            <h2 id={`tasks-${group.key}`} className={classes['groupTitle']} data-group={group.key}>
              {t(`tasks.${group.key}`)} <span className={classes['count']}>{group.tasks.length}</span>
            </h2>
            <ul className={classes['list']}>
              {group.tasks.map((task) => (
                <TaskRow key={String(task['id'])} task={task} now={now} showAssignee={whose === 'all'} />
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}

/** A business without tasks, or a reader who may not see them. */
function Welcome() {
  const { t } = useTranslation();
  const { user } = useMe();
  return (
    <div className={classes['empty']}>
      <Title order={1}>{t('tasks.welcome', { name: user.name })}</Title>
      {t('tasks.welcomeText')}
    </div>
  );
}
