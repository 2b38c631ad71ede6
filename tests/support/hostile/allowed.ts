import type { ValidateFunction } from 'ajv/dist/2020.js';
import { createPathTemplates } from '../../../core/http/path-templates.ts';
import { escapePart, newAjv } from '../check-answers.ts';
import type { ApiDocument, ApiOperation } from './api-document.ts';
import type { HostileRequest } from './requests.ts';

/** Says what of a request the document does not allow; undefined when all of it is. Only what has been taken is worth asking about. */
export function createAllowed(api: ApiDocument): (request: HostileRequest) => string | undefined {
  const ajv = newAjv(api.json);
  const templateOf = createPathTemplates(api.operations.map(({ path }) => path));
  const known = new Map<string, ValidateFunction>();
  const validatorOf = ({ path, method, body }: ApiOperation) => {
    const parts = ['paths', path, method.toLowerCase(), 'requestBody', 'content', body!.types[0]!, 'schema'];
    const at = parts.map(escapePart).join('/');
    const validate = known.get(at) ?? ajv.compile({ $ref: `api#/${at}` });
    known.set(at, validate);
    return validate;
  };
  return ({ wire }) => {
    const [address = '', search = ''] = wire.path.split('?');
    const template = templateOf(address);
    const operation = api.operations.find(({ path, method }) => path === template && method === wire.method);
    if (!operation) return undefined;
    const names = new URLSearchParams(search).keys();
    const declared = operation.parameters.map(({ name }) => name);
    for (const name of names) {
      if (!declared.includes(name) && !(name.startsWith('filter[') && declared.includes('filter')))
        return `the parameter ${name}`;
    }
    return bodyFault(operation, wire, validatorOf);
  };
}

function bodyFault(
  operation: ApiOperation,
  { headers, body }: HostileRequest['wire'],
  validatorOf: (operation: ApiOperation) => ValidateFunction,
): string | undefined {
  if (!operation.body || !String(headers['Content-Type'] ?? '').startsWith('application/json')) return undefined;
  if (body === undefined || body.length === 0) return operation.body.required ? 'no body' : undefined;
  const validate = validatorOf(operation);
  // As the server reads it: a mark in front is no part of the text.
  if (validate(JSON.parse(new TextDecoder().decode(Buffer.from(body as Uint8Array))))) return undefined;
  const [error] = validate.errors ?? [];
  return `${error?.instancePath || '/'} ${error?.message ?? ''} ${JSON.stringify(error?.params)}`;
}
