/** Common answers to "when": in an hour, tomorrow morning, the Monday of next week; as instants. */
export function usualTimes(now: Date): Readonly<Record<'hour' | 'tomorrow' | 'nextWeek', string>> {
  const hour = new Date(now.getTime() + 3_600_000);
  hour.setSeconds(0, 0);
  const morning = (days: number): Date => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, 9, 0, 0, 0);
  const untilMonday = (8 - now.getDay()) % 7 || 7;
  return { hour: hour.toISOString(), tomorrow: morning(1).toISOString(), nextWeek: morning(untilMonday).toISOString() };
}
