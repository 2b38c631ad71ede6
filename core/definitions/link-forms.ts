import { parseValue } from '../rules/parse-value.ts';
import { findDuplicates, humanise } from './keys.ts';
import { attempt, below, findEntity, findField, namesOf, type At, type Linking } from './linking.ts';
import { checkSet } from './link-step.ts';
import type { Document, FormDoc } from './documents.ts';
import type { Form, FormCreate, FormField } from './model.ts';

/** What a form takes beside its own fields. */
const SOURCE_KEYS: readonly string[] = [
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
  'referrer',
];

/** The forms with their values parsed. */
export function linkForms(
  linking: Linking,
  checkText: (source: string) => string | undefined,
): ReadonlyMap<string, Form> {
  const documents = linking.documents.of.form;
  return new Map(documents.map((document) => [document.name, linkForm(linking, document, checkText)]));
}

function linkForm(
  linking: Linking,
  document: Document<FormDoc>,
  checkText: (source: string) => string | undefined,
): Form {
  const doc = document.json;
  const at: At = { file: document.file, pointer: '' };
  const title = doc.title ?? humanise(doc.name);
  const thanks = doc.thanks ?? 'Thank you. We have your request.';
  linking.texts.set(`forms.${doc.name}.title`, title);
  linking.texts.set(`forms.${doc.name}.thanks`, thanks);
  for (const part of ['fields', 'creates'] as const) {
    for (const { index } of findDuplicates(doc[part].map(({ key }) => key))) {
      linking.errors.add(
        at.file,
        `/${part}/${index}/key`,
        `The key "${doc[part][index]?.key}" stands here twice (the case of letters makes no difference).`,
      );
    }
  }
  const fields = doc.fields.flatMap((field, index) =>
    linkFormField(linking, doc, { field, at: below(at, `/fields/${index}`) }),
  );
  for (const field of fields) linking.texts.set(`forms.${doc.name}.fields.${field.key}`, field.title);
  const creates = doc.creates.map((_, index) =>
    linkCreate(linking, doc, { index, checkText, at: below(at, `/creates/${index}`) }),
  );
  const signed = doc.signed === true;
  return { name: doc.name, title, thanks, signed, fields, creates: creates.filter((create) => create !== undefined) };
}

function linkFormField(
  linking: Linking,
  doc: FormDoc,
  { field, at }: { field: FormDoc['fields'][number]; at: At },
): FormField[] {
  const [name = '', key = ''] = field.like.split('.');
  const place = below(at, '/like');
  const entity = findEntity(linking, name, place);
  const like = entity && findField(linking, entity, key, place);
  if (SOURCE_KEYS.includes(field.key))
    linking.errors.add(at.file, `${at.pointer}/key`, `Every form takes "${field.key}" already. Choose another key.`);
  if (field.from !== undefined && doc.signed !== true)
    linking.errors.add(
      at.file,
      `${at.pointer}/from`,
      `Only a signed form looks for its values; ${doc.name} is not "signed".`,
    );
  if (!like) return [];
  if (like.readOnly || like.reference)
    linking.errors.add(
      place.file,
      place.pointer,
      `"${field.like}" cannot be asked of a visitor: it is ${like.reference ? 'a reference' : 'worked out by the system'}.`,
    );
  if (field.hidden === true && field.required === true)
    linking.errors.add(
      at.file,
      `${at.pointer}/required`,
      `"${field.key}" of ${doc.name} is hidden, so nobody can fill it.`,
    );
  return [
    {
      key: field.key,
      title: field.title ?? like.title,
      like,
      required: field.required === true,
      hidden: field.hidden === true,
      multiline: field.multiline ?? like.multiline,
      ...(doc.signed === true ? { from: (field.from ?? field.key).split('.') } : {}),
    },
  ];
}

interface CreateLinking {
  readonly index: number;
  readonly at: At;
  readonly checkText: (source: string) => string | undefined;
}

function linkCreate(linking: Linking, doc: FormDoc, { index, at, checkText }: CreateLinking): FormCreate | undefined {
  const create = doc.creates[index];
  const entity = create && findEntity(linking, create.entity, below(at, '/entity'));
  if (!create || !entity) return undefined;
  for (const [position, key] of (create.match ?? []).entries())
    findField(linking, entity, key, below(at, `/match/${position}`));
  checkSet(linking, entity, { set: create.set, at: below(at, '/set'), isNew: true });
  const values = attempt(linking, below(at, '/set'), () =>
    parseValue(create.set, {
      names: ['form', 'now'],
      text: checkText,
      calendars: [...namesOf(linking, 'calendar')],
      refs: doc.creates.slice(0, index).map(({ key }) => key),
    }),
  );
  checkFormNames(linking, doc, { text: JSON.stringify(create.set), at: below(at, '/set') });
  return {
    key: create.key,
    entity: entity.name,
    match: create.match ?? [],
    set: values ?? { kind: 'literal', value: {} },
  };
}

const FORM_NAME = /(?<![.\w])form\.([a-zA-Z]\w*)/g;

/** `form.x` must be a field of the form, or one of those every form takes. */
function checkFormNames(linking: Linking, doc: FormDoc, { text, at }: { text: string; at: At }): void {
  const known = new Set([...doc.fields.map(({ key }) => key), ...SOURCE_KEYS]);
  for (const [, key = ''] of text.matchAll(FORM_NAME)) {
    if (!known.has(key))
      linking.errors.add(at.file, at.pointer, `The form has no field "${key}". It has ${[...known].join(', ')}.`);
  }
}
