import type { Entity } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { MassChange, MassEdit } from '../records/batch-types.ts';
import { isObject } from './body.ts';
import { moveInput } from './move-input.ts';

type Body = Readonly<Record<string, unknown>>;

const TARGETS = ['filter', 'ids'] as const;
const CHANGES = ['patch', 'move', 'delete', 'restore'] as const;
const KNOWN: readonly string[] = [...TARGETS, ...CHANGES, 'dryRun', 'onError'];

/** The body of `POST /api/{plural}/batch`. BAD_REQUEST names what is wrong with its shape. */
export function massEditOf(entity: Entity, body: Body): MassEdit {
  const stranger = Object.keys(body).find((key) => !KNOWN.includes(key));
  if (stranger !== undefined) throw bad(`"${stranger.slice(0, 60)}" is not known here. Taken are ${KNOWN.join(', ')}.`);
  const target = oneOf(body, TARGETS);
  return {
    entity: entity.name,
    ...(target === 'filter' ? { filter: body['filter'] } : { ids: idsOf(body['ids']) }),
    change: changeOf(entity, body),
    onError: onErrorOf(body['onError']),
    dryRun: flagOf(body, 'dryRun'),
  };
}

function oneOf<K extends string>(body: Body, keys: readonly K[]): K {
  const [first, ...rest] = keys.filter((key) => body[key] !== undefined);
  if (first === undefined || rest.length > 0) throw bad(`Give exactly one of ${keys.join(', ')}.`);
  return first;
}

function changeOf(entity: Entity, body: Body): MassChange {
  const kind = oneOf(body, CHANGES);
  const value = body[kind];
  if (kind === 'delete' || kind === 'restore') {
    if (value !== true) throw bad(`"${kind}" must be true.`);
    return { kind };
  }
  if (!isObject(value)) throw bad(`"${kind}" must be an object.`);
  if (kind === 'move') return { kind: 'patch', ...moveInput(entity, value) };
  if (Object.keys(value).length === 0) throw bad('"patch" names no field.');
  return { kind: 'patch', input: value };
}

function idsOf(value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw bad('"ids" must be a list of ids.');
}

function onErrorOf(value: unknown): 'stop' | 'skip' {
  if (value === undefined || value === 'stop') return 'stop';
  if (value === 'skip') return 'skip';
  throw bad('"onError" must be "stop" or "skip".');
}

/** A member that is true, false or absent. */
export function flagOf(body: Body, key: string): boolean {
  const value = body[key];
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw bad(`"${key}" must be true or false.`);
}

function bad(message: string): CasementError {
  return new CasementError('BAD_REQUEST', message);
}
