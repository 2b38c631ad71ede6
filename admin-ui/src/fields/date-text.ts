const two = (figure: number): string => String(figure).padStart(2, '0');

/** An instant (`…Z`) as the reader's wall clock, `YYYY-MM-DD HH:mm:ss`, the form of the date inputs. */
export function toLocal(instant: unknown): string | null {
  if (typeof instant !== 'string' || !instant) return null;
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return null;
  return `${localDay(at)} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The reader's wall clock back to an instant. */
export function toInstant(local: unknown): string | null {
  if (typeof local !== 'string' || !local) return null;
  const at = new Date(local.replace(' ', 'T'));
  return Number.isNaN(at.getTime()) ? local : at.toISOString();
}

export const localDay = (at: Date): string => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
