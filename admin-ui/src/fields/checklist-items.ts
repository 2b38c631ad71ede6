export interface ChecklistItem {
  readonly text: string;
  readonly done: boolean;
}

export const isChecklist = (value: unknown): value is readonly ChecklistItem[] =>
  Array.isArray(value) &&
  value.every(
    (item) =>
      typeof item === 'object' &&
      item !== null &&
      typeof (item as ChecklistItem).text === 'string' &&
      typeof (item as ChecklistItem).done === 'boolean',
  );

/** `2/5`; nothing for an empty list. */
export const checklistProgress = (items: readonly ChecklistItem[]): string =>
  items.length > 0 ? `${items.filter((item) => item.done).length}/${items.length}` : '';
