import type { JsonSchema } from '../fields/field-type.ts';
import { body, dataOf, jsonAnswer, members, noAnswer, operation, path } from './openapi-parts.ts';
import { ref } from './openapi-schemas.ts';

const text: JsonSchema = { type: 'string' };
const tag = 'system';

function accountPaths(): Readonly<Record<string, unknown>> {
  const user = members({ user: ref('User') });
  const me = members({ user: ref('User'), operations: { type: 'array', items: text } });
  const made = members({ id: text, key: text, expiresAt: { type: 'string', format: 'date-time' } });
  const key = members({ name: text, roles: { type: 'array', items: text }, expiresAt: { type: ['string', 'null'] } }, [
    'name',
    'roles',
  ]);
  const [errors, login] = [[400, 401, 403, 415, 422], members({ email: text, password: text })];
  const revoke = {
    id: 'revokeKey',
    tag,
    summary: 'Revoke a key of mine',
    answers: { 204: noAnswer('Revoked') },
    errors: [401, 403, 404],
  };
  return {
    '/auth/login': {
      post: operation({
        id: 'login',
        tag,
        summary: 'Open a session',
        isPublic: true,
        body: body(login),
        answers: { 200: jsonAnswer('Who you are', user) },
        errors,
      }),
    },
    '/auth/logout': {
      post: operation({
        id: 'logout',
        tag,
        summary: 'End the session',
        answers: { 204: noAnswer('Ended') },
        errors: [403],
      }),
    },
    '/auth/me': {
      get: operation({
        id: 'me',
        tag,
        summary: 'Who I am',
        answers: { 200: jsonAnswer('Who you are and may', me) },
        errors: [401],
      }),
    },
    '/auth/invites': {
      post: operation({
        id: 'invite',
        tag,
        summary: 'A one-time link for a person to choose a password',
        body: body(members({ user: text })),
        answers: { 201: jsonAnswer('The link, shown once', members({ token: text, url: text })) },
        errors: [400, 401, 403, 404, 415, 422],
      }),
    },
    '/auth/password': {
      post: operation({
        id: 'choosePassword',
        tag,
        summary: 'Choose a password with a one-time token',
        isPublic: true,
        body: body(members({ token: text, password: text })),
        answers: { 204: noAnswer('Saved') },
        errors: [400, 403, 415, 422],
      }),
    },
    '/auth/keys': {
      get: operation({
        id: 'listKeys',
        tag,
        summary: 'My API keys',
        answers: { 200: jsonAnswer('Without their secrets', dataOf(object)) },
        errors: [401],
      }),
      post: operation({
        id: 'createKey',
        tag,
        summary: 'Make an API key',
        body: body(key),
        answers: { 201: jsonAnswer('The key, shown once', made) },
        errors,
      }),
    },
    '/auth/keys/{id}': { parameters: [path('id')], delete: operation(revoke) },
  };
}

