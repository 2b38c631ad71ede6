import { useList } from '../../api/hooks.ts';
import type { ModelEntity } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { useNow } from '../../model/use-now.ts';
import { TaskRow } from '../tasks/task-row.tsx';
import { aboutValue, composerTools } from './composer/composer-target.ts';
import classes from './card-page.module.css';

const MANY = 20;

/** What is still to be done about the record; each is ticked off right here. */
export function OpenTasks({ entity, id }: { readonly entity: ModelEntity; readonly id: string }) {
  const model = useModel();
  const isTarget = model.field('task', 'about')?.reference?.to.includes(entity.name) === true;
  if (!isTarget && !composerTools(model, entity).task) return null;
  return <Tasks entity={entity} id={id} />;
}

function Tasks({ entity, id }: { readonly entity: ModelEntity; readonly id: string }) {
  const model = useModel();
  const now = useNow();
  const { data } = useList('task', {
    filter: { about: { eq: aboutValue(model, 'task', { entity: entity.name, id }) }, doneAt: { empty: true } },
    sort: ['dueAt'],
    limit: MANY,
    expand: model.field('task', 'assignee') ? ['assignee'] : [],
  });
  if (!data || data.data.length === 0) return null;
  return (
    <ul className={classes['tasks']} aria-label={model.entity('task').pluralTitle}>
      {data.data.map((task) => (
        <TaskRow key={String(task['id'])} task={task} now={now} showAssignee isNarrow />
      ))}
    </ul>
  );
}
