/** What an operator is told while jobs of a restore wait for him. */
export function heldText(jobs: number): string {
  const [what, they] =
    jobs === 1
      ? ['1 job that came with the restore is', 'it']
      : [`${jobs} jobs that came with the restore are`, 'them'];
  return `${what} paused: timers, mails, steps of rules. "casement jobs held" lists ${they}; "casement jobs run" and "casement jobs drop" decide.\n`;
}
