import type { Form, Model } from '../definitions/model.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import { DOORS } from './openapi-doors.ts';
import { IMPORT_DOORS } from './openapi-imports.ts';
import { answer, body, IDEMPOTENCY, JSON_OR_FORM, jsonOrPage, members, operation, path } from './openapi-parts.ts';

const tag = 'system';

/** The paths beside those of the entities. */
export function fixedPaths(model: Model): Readonly<Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const { at, about, ...door } of [...DOORS, ...IMPORT_DOORS]) {
    const [method = '', address = ''] = at.split(' ');
    const declared = [...address.matchAll(/\{(\w+)\}/g)].map((match) => path(match[1] ?? '', about));
    const parameters = [...declared, ...(door.parameters ?? [])];
    const item = (paths[address] ??= {});
    item[method] = operation({ ...door, tag, ...(parameters.length > 0 ? { parameters } : {}) });
  }
  for (const form of model.forms.values()) {
    if (!form.signed) paths[`/forms/${form.name}`] = formPath(form);
  }
  return paths;
}

function formPath(form: Form): Record<string, unknown> {
  const properties = Object.fromEntries(
    form.fields.map((field): [string, JsonSchema] => {
      return [field.key, { ...field.like.type.schema(field.like), title: field.title }];
    }),
  );
  const required = form.fields.filter((field) => field.required).map((field) => field.key);
  const id = form.name.charAt(0).toUpperCase() + form.name.slice(1);
  const done = members({ ok: { const: true }, message: { type: 'string' } });
  const shared = { tag, isPublic: true };
  return {
    get: operation({
      ...shared,
      id: `show${id}`,
      summary: `${form.title}: the page`,
      answers: { 200: answer('The page', 'text/html', { type: 'string' }) },
      errors: [404],
    }),
    post: operation({
      ...shared,
      id: `post${id}`,
      summary: form.title,
      parameters: [IDEMPOTENCY],
      body: body({ type: 'object', properties, ...(required.length > 0 ? { required } : {}) }, ...JSON_OR_FORM),
      answers: { 201: jsonOrPage('Taken', done) },
      errors: [404, 413, 415, 422],
      pageErrors: [422],
    }),
  };
}
