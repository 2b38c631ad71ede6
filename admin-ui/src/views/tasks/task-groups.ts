import type { RecordData } from '../../model/types.ts';

export type TaskGroupKey = 'late' | 'today' | 'next' | 'someday';

export interface TaskGroup {
  readonly key: TaskGroupKey;
  readonly tasks: readonly RecordData[];
}

/** Whether a task's time has passed. */
export const isLate = (task: RecordData, now: Date): boolean => {
  const due = task['dueAt'];
  return typeof due === 'string' && !task['doneAt'] && new Date(due).getTime() < now.getTime();
};

/** Late first, then the rest of today, then later days, then what has no date; inside a group by time. Days are the reader's. */
export function groupTasks(tasks: readonly RecordData[], now: Date): readonly TaskGroup[] {
  const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime();
  const groups: Record<TaskGroupKey, RecordData[]> = { late: [], today: [], next: [], someday: [] };
  for (const task of [...tasks].sort((a, b) => String(a['dueAt'] ?? '~').localeCompare(String(b['dueAt'] ?? '~')))) {
    const due = typeof task['dueAt'] === 'string' ? new Date(task['dueAt']).getTime() : null;
    if (due === null) groups.someday.push(task);
    else if (isLate(task, now)) groups.late.push(task);
    else if (due < tomorrow) groups.today.push(task);
    else groups.next.push(task);
  }
  return (Object.keys(groups) as TaskGroupKey[])
    .map((key) => ({ key, tasks: groups[key] }))
    .filter((group) => group.tasks.length > 0);
}
