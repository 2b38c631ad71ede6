import { ERRORS } from '../errors.ts';
import { withHeaders } from './openapi-headers.ts';
import { ref } from './openapi-objects.ts';

/** A stale `If-Match`; the table of errors has it under 409. */
const STALE = { status: 412, title: 'Changed meanwhile: "current" is the record as it is now' };

const STATUSES: readonly { readonly status: number; readonly title: string }[] = [...Object.values(ERRORS), STALE];

const content = { 'application/problem+json': { schema: ref('Problem') } };

/** Every refusal there is by its status, described once under `components.responses`. */
export const PROBLEM_RESPONSES: Readonly<Record<string, unknown>> = Object.fromEntries(
  STATUSES.map(({ status }) => [`Problem${status}`, problemResponse(status)]),
);

/** The refusal of a status; of a page, what a plain HTML form gets in its place stands beside it. */
export function problem(status: number, isPage: boolean): unknown {
  if (!isPage) return { $ref: `#/components/responses/Problem${status}` };
  const response = problemResponse(status);
  return { ...response, content: { ...content, 'text/html': { schema: { type: 'string' } } } };
}

function problemResponse(status: number): Readonly<Record<string, unknown>> {
  const titles = STATUSES.filter((one) => one.status === status).map(({ title }) => title);
  const response = withHeaders({ description: titles.join(', or: '), content }, 'RequestId');
  if (status === 401) return withHeaders(response, 'Authenticate');
  if (status === 405) return withHeaders(response, 'Allow');
  return status === 429 || status === 503 ? withHeaders(response, 'RetryAfter') : response;
}
