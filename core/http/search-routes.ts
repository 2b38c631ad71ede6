import { Router } from 'express';
import type { Entity } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf } from './request-context.ts';
import { sendJson } from './send.ts';

const MAX_QUERY = 200;
const SUBTITLE_FIELDS = 3;

/** `GET /search?q=`: finds across entities while it is being typed. */
export function searchRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, ['q', 'limit']);
      const q = query.get('q') ?? '';
      if (q.length > MAX_QUERY) throw new CasementError('BAD_REQUEST', `"q" is longer than ${MAX_QUERY} characters.`);
      const found = await deps.records.search(contextOf(deps, request, response), { q, limit: parseLimit(query, 20) });
      const { entities } = deps.records.model();
      sendJson(response, {
        data: found.flatMap(({ entity, record }) => {
          const known = entities.get(entity);
          return known ? [hitOf(known, record)] : [];
        }),
      });
    })
    .all(methodNotAllowed('GET'));
  return router;
}

function hitOf(entity: Entity, record: RecordData) {
  return {
    entity: entity.name,
    id: record['id'],
    title: displayOf(entity, record),
    subtitle: subtitleOf(entity, record),
    record,
  };
}

/** The record in a line, by the entity's display template. */
function displayOf(entity: Entity, record: RecordData): string {
  const text = entity.display.map((part) => ('text' in part ? part.text : plain(record[part.field]))).join('');
  return text.trim() || entity.title;
}

/** The first filled searchable fields that the title does not show: phone, e-mail, address. */
function subtitleOf(entity: Entity, record: RecordData): string {
  const shown = new Set(entity.display.flatMap((part) => ('field' in part ? [part.field] : [])));
  const texts = [...entity.fields.values()].flatMap((field) => {
    const value = record[field.key];
    if (field.system || shown.has(field.key) || !field.type.searchText || typeof value !== 'string') return [];
    return value.length > 0 && value.length <= 80 && !value.includes('\n') ? [value] : [];
  });
  return texts.slice(0, SUBTITLE_FIELDS).join(' · ');
}

function plain(value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  const name = Array.isArray(value) ? undefined : (value as RecordData)['name'];
  return typeof name === 'string' ? name : '';
}
