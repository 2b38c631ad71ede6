import { humanise } from './keys.ts';
import type { Linking } from './linking.ts';
import type { CalendarDoc, Document } from './documents.ts';
import type { Calendar } from './model.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** The calendars, with hours as minutes of the day. */
export function linkCalendars(linking: Linking): ReadonlyMap<string, Calendar> {
  const documents = linking.documents.of.calendar;
  return new Map(documents.map((document) => [document.name, linkCalendar(linking, document)]));
}

function linkCalendar(linking: Linking, document: Document<CalendarDoc>): Calendar {
  const doc = document.json;
  const title = doc.title ?? humanise(doc.name);
  linking.texts.set(`calendars.${doc.name}.title`, title);
  const tell = (pointer: string, message: string): void => linking.errors.add(document.file, pointer, message);
  const week = DAYS.map((day) =>
    readDay(doc.week[day] ?? [], (index, message) => tell(`/week/${day}/${index}`, message)),
  );
  if (week.every((day) => day.length === 0))
    tell('/week', 'No day has working hours, so no deadline would ever come. Add some.');
  for (const [index, holiday] of (doc.holidays ?? []).entries()) {
    if (!isDate(holiday)) tell(`/holidays/${index}`, `There is no such day as "${holiday}".`);
  }
  if (typeof doc.zone === 'string' && !isZone(doc.zone))
    tell('/zone', `"${doc.zone}" is not a time zone such as Europe/Tallinn.`);
  return {
    name: doc.name,
    title,
    week,
    holidays: doc.holidays ?? [],
    ...(typeof doc.zone === 'string' ? { zone: doc.zone } : {}),
  };
}

function readDay(
  ranges: readonly string[],
  tell: (index: number, message: string) => void,
): readonly (readonly [number, number])[] {
  const read = ranges.map((range) => {
    const [from = '', to = ''] = range.split('-');
    return [minutes(from), minutes(to)] as const;
  });
  for (const [index, [from, to]] of read.entries()) {
    const before = read[index - 1];
    if (to > 24 * 60) tell(index, 'A day ends at 24:00.');
    else if (from >= to) tell(index, 'Ends before it begins.');
    else if (before && from < before[1])
      tell(index, 'Begins before the hours above it end. Write them in order, without overlap.');
  }
  return read;
}

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
}

/** 29 February counts as a day of every year. */
function isDate(text: string): boolean {
  const whole = text.length === 5 ? `2024-${text}` : text;
  const date = new Date(`${whole}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(whole);
}

/** Whether the name is a time zone of the IANA list. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
