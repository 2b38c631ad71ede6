/** Moves a column by one place; at the edge nothing happens. */
export function moveColumn(columns: readonly string[], key: string, by: -1 | 1): readonly string[] {
  const from = columns.indexOf(key);
  const to = from + by;
  if (from < 0 || to < 0 || to >= columns.length) return columns;
  const next = [...columns];
  next.splice(from, 1);
  next.splice(to, 0, key);
  return next;
}
