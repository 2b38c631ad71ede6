import { describe, expect, it } from 'vitest';
import { groupTasks, isLate } from './task-groups.ts';

const now = new Date(2026, 5, 10, 12, 0);
const task = (id: string, due: Date | null, doneAt: string | null = null) => ({
  id,
  dueAt: due ? due.toISOString() : null,
  doneAt,
});

describe('groupTasks', () => {
  it('puts late first, then today, next and someday, each by time', () => {
    const groups = groupTasks(
      [
        task('someday', null),
        task('tonight', new Date(2026, 5, 10, 23, 59)),
        task('midnight', new Date(2026, 5, 11, 0, 0)),
        task('soon', new Date(2026, 5, 10, 12, 1)),
        task('yesterday', new Date(2026, 5, 9, 12, 0)),
        task('just late', new Date(2026, 5, 10, 11, 59)),
      ],
      now,
    );
    expect(groups.map((group) => [group.key, group.tasks.map((one) => one['id'])])).toEqual([
      ['late', ['yesterday', 'just late']],
      ['today', ['soon', 'tonight']],
      ['next', ['midnight']],
      ['someday', ['someday']],
    ]);
  });
  it('never calls a done task late', () => {
    expect(isLate(task('a', new Date(2026, 5, 1)), now)).toBe(true);
    expect(isLate(task('a', new Date(2026, 5, 1), '2026-06-01T00:00:00.000Z'), now)).toBe(false);
  });
});
