import { parseCondition } from '../rules/parse-condition.ts';
import { findDuplicates, humanise } from './keys.ts';
import { defined } from './link-field.ts';
import {
  attempt,
  below,
  checkNamed,
  findEntity,
  findField,
  type At,
  type EntityDraft,
  type Linking,
} from './linking.ts';
import { followPath } from './paths.ts';
import { isTemporal } from './link-sources.ts';
import type { Document, ViewDoc } from './documents.ts';
import type { Field, View } from './model.ts';

/** The views, every name in them checked. */
export function linkViews(linking: Linking): ReadonlyMap<string, View> {
  const documents = linking.documents.of.view;
  return new Map(documents.map((document) => [document.name, linkView(linking, document)]));
}

function linkView(linking: Linking, document: Document<ViewDoc>): View {
  const doc = document.json;
  const at: At = { file: document.file, pointer: '' };
  const title = doc.title ?? humanise(doc.name);
  linking.texts.set(`views.${doc.name}.title`, title);
  const groups = (doc.groups ?? []).map((group) => ({
    key: group.key,
    title: group.title ?? humanise(group.key),
    fields: group.fields,
  }));
  for (const group of groups) linking.texts.set(`views.${doc.name}.groups.${group.key}`, group.title);
  const entity = findEntity(linking, doc.entity, below(at, '/entity'));
  if (entity) checkView(linking, { doc, entity, at });
  const { name, kind, filter, group, pipeline, menu } = doc;
  return {
    name,
    title,
    entity: doc.entity,
    kind,
    groups,
    fields: doc.fields ?? [],
    sort: doc.sort ?? [],
    ...defined({ filter, group, pipeline, menu }),
  };
}

interface ViewCheck {
  readonly doc: ViewDoc;
  readonly entity: EntityDraft;
  readonly at: At;
}

function checkView(linking: Linking, { doc, entity, at }: ViewCheck): void {
  for (const [index, path] of (doc.fields ?? []).entries())
    followPath(linking, entity.name, { path, at: below(at, `/fields/${index}`) });
  for (const [position, group] of (doc.groups ?? []).entries()) {
    for (const [index, path] of group.fields.entries()) {
      followPath(linking, entity.name, { path, at: below(at, `/groups/${position}/fields/${index}`) });
    }
  }
  for (const { index } of findDuplicates((doc.groups ?? []).map((group) => group.key))) {
    linking.errors.add(at.file, `/groups/${index}/key`, `The key "${doc.groups?.[index]?.key}" stands here twice.`);
  }
  for (const [index, path] of (doc.sort ?? []).entries())
    checkSort(linking, entity, { path, at: below(at, `/sort/${index}`) });
  if (doc.filter) attempt(linking, below(at, '/filter'), () => parseCondition(doc.filter, entity.name, linking.lookup));
  checkPipeline(linking, { doc, entity, at });
  checkGroup(linking, { doc, entity, at });
}

function checkSort(linking: Linking, entity: EntityDraft, { path, at }: { path: string; at: At }): void {
  const found = followPath(linking, entity.name, { path: path.replace(/^-/, ''), at });
  if (found?.kind === 'list')
    linking.errors.add(at.file, at.pointer, `"${path}" is a list of records: nothing can be sorted by it.`);
}

function checkPipeline(linking: Linking, { doc, entity, at }: ViewCheck): void {
  if (doc.pipeline === undefined || !checkNamed(linking, 'pipeline', doc.pipeline, below(at, '/pipeline'))) return;
  const known = linking.documents.of.pipeline.some((document) => document.name === doc.pipeline);
  if (known && !entity.pipelines.includes(doc.pipeline))
    linking.errors.add(at.file, '/pipeline', `The pipeline "${doc.pipeline}" is not one of ${entity.name}.`);
}

function checkGroup(linking: Linking, { doc, entity, at }: ViewCheck): void {
  if (doc.group === undefined) {
    if (doc.kind === 'board')
      linking.errors.add(
        at.file,
        '',
        'A board needs "group": the field whose values are its columns, such as "stage".',
      );
    return;
  }
  const field = findField(linking, entity, doc.group, below(at, '/group'));
  if (doc.kind === 'board' && field && !isGrouping(field))
    linking.errors.add(
      at.file,
      '/group',
      `"${doc.group}" is a ${field.type.name}. The columns of a board come from a select, a reference or a yes/no field.`,
    );
}

function isGrouping(field: Field): boolean {
  return (
    !isTemporal(field) &&
    (field.options !== undefined || field.reference !== undefined || field.type.columns(field)[0]?.kind === 'boolean')
  );
}
