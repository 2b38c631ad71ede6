import { CasementError, validationError } from '../../errors.ts';
import type { ErrorDetail } from '../../errors.ts';
import { isCleanText } from '../../fields/text-checks.ts';
import { isJsonObject } from '../../rules/json-object.ts';
import { REPORT_FORMATS } from '../output/write-output.ts';
import type { SavedRequest, Schedule, TemplateInput } from './types.ts';

const MEMBERS = ['title', 'isShared', 'request', 'schedule'];
const REQUEST = ['from', 'to', 'period', 'group', 'parameters'];
const SCHEDULE = ['every', 'at', 'weekday', 'day', 'format', 'part'];
const MAX_TITLE = 120;
const MAX_TEXT = 4000;

type Json = Readonly<Record<string, unknown>>;

/** A template as it is sent: BAD_REQUEST for members that are not known, VALIDATION with every wrong one. */
export function readTemplateInput(body: Json): TemplateInput {
  const errors: ErrorDetail[] = [];
  const tell = (path: string, message: string) => void errors.push({ path, code: 'value', message });
  refuseOthers(body, MEMBERS);
  const title = typeof body['title'] === 'string' ? body['title'].trim() : '';
  if (title === '' || title.length > MAX_TITLE || !isCleanText(title))
    tell('/title', `A title of 1 to ${MAX_TITLE} characters is needed.`);
  const { isShared = false } = body;
  if (typeof isShared !== 'boolean') tell('/isShared', 'Must be true or false.');
  const request = readRequest(body['request'] ?? {}, tell);
  const schedule =
    body['schedule'] === undefined || body['schedule'] === null ? null : readSchedule(body['schedule'], tell);
  if (errors.length > 0) throw validationError(errors);
  return { title, isShared: isShared === true, request, schedule };
}

type Tell = (path: string, message: string) => void;

function readRequest(json: unknown, tell: Tell): SavedRequest {
  if (!isJsonObject(json)) {
    tell('/request', 'Must be an object such as {"period": "lastMonth"}.');
    return {};
  }
  refuseOthers(json, REQUEST);
  const texts = Object.entries(json).filter(([key]) => key !== 'parameters');
  for (const [key, value] of texts) if (!isText(value)) tell(`/request/${key}`, 'Must be a text.');
  const { parameters = {} } = json;
  const isFine =
    isJsonObject(parameters) && Object.values(parameters).every(isText) && Object.keys(parameters).length <= 50;
  if (!isFine) tell('/request/parameters', 'Must be an object of texts by the keys of parameters.');
  return json;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_TEXT && isCleanText(value);
}

function readSchedule(json: unknown, tell: Tell): Schedule | null {
  if (!isJsonObject(json)) {
    tell('/schedule', 'Must be null, or an object such as {"every": "week", "at": "08:00", "format": "pdf"}.');
    return null;
  }
  refuseOthers(json, SCHEDULE);
  const { every, at, weekday = 1, day = 1, format, part = 'figures' } = json;
  if (every !== 'day' && every !== 'week' && every !== 'month') tell('/schedule/every', 'Must be day, week or month.');
  if (typeof at !== 'string' || !/^([01]\d|2[0-3]):[0-5]\d$/.test(at))
    tell('/schedule/at', 'Must be a time of the day such as 08:30.');
  if (!isWithin(weekday, 7)) tell('/schedule/weekday', 'Must be 1 (Monday) to 7 (Sunday).');
  if (day !== 'last' && !isWithin(day, 28))
    tell('/schedule/day', 'Must be 1 to 28, or "last" for the last day of the month.');
  if (!REPORT_FORMATS.some((known) => known === format))
    tell('/schedule/format', `Must be ${REPORT_FORMATS.join(', ')}.`);
  if (part !== 'figures' && part !== 'details') tell('/schedule/part', 'Must be figures or details.');
  return json as unknown as Schedule;
}

function isWithin(value: unknown, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most;
}

function refuseOthers(json: Json, known: readonly string[]): void {
  const stranger = Object.keys(json).find((key) => !known.includes(key));
  if (stranger === undefined) return;
  const message = `"${stranger.slice(0, 60)}" is not known here. Taken are ${known.join(', ')}.`;
  throw new CasementError('BAD_REQUEST', message);
}
