import type { JsonSchema } from '../fields/field-type.ts';

/** Headers of answers, each described once under `components.headers`. */
const HEADERS = {
  RequestId: header('Id of the request; the log of the server has it', { type: 'string', format: 'uuid' }),
  ETag: header('Version of the record: send it back as If-Match', { type: 'string', pattern: '^"\\d+"$' }),
  Location: {
    ...header('Address of the new record; none when several were made', { type: 'string' }),
    required: false,
  },
  NewETag: { ...header('Version of the new record; none when several were made', { type: 'string' }), required: false },
  Allow: header('The methods taken here', { type: 'string' }),
  RetryAfter: header('Seconds to wait before trying again', { type: 'string', pattern: '^\\d+$' }),
  Authenticate: header('How to log in', { type: 'string' }),
} as const;

const NAMES = {
  RequestId: 'X-Request-Id',
  ETag: 'ETag',
  Location: 'Location',
  NewETag: 'ETag',
  Allow: 'Allow',
  RetryAfter: 'Retry-After',
  Authenticate: 'WWW-Authenticate',
} as const;

type HeaderKey = keyof typeof HEADERS;

export const HEADER_COMPONENTS: Readonly<Record<string, unknown>> = HEADERS;

/** A response with these headers beside its own. */
export function withHeaders(response: object, ...keys: readonly HeaderKey[]): Readonly<Record<string, unknown>> {
  const before = 'headers' in response ? (response.headers as object) : {};
  const added = keys.map((key) => [NAMES[key], { $ref: `#/components/headers/${key}` }] as const);
  return { ...response, headers: { ...before, ...Object.fromEntries(added) } };
}

function header(description: string, schema: JsonSchema) {
  return { description, required: true, schema };
}
