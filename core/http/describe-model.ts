import type { Access } from '../access/access.ts';
import { isAlways, isNever } from '../access/combine.ts';
import { mayPress } from '../automation/buttons.ts';
import type { Principal } from '../context.ts';
import type { DuplicateRule, Entity, Form, Model, Pipeline, Report, Template, View } from '../definitions/model.ts';
import { readableMeasures } from '../reports/readable-measures.ts';
import type { ListPath } from '../rules/condition.ts';
import { describeField } from './describe-field.ts';
import { describeReport } from './describe-report.ts';

/** The model as one caller may see it, in his language: what the screens are drawn from. */
export interface DescribeInput {
  readonly model: Model;
  readonly access: Access;
  readonly principal: Principal;
  readonly locale: string;
  readonly organisation: {
    readonly id: string | null;
    readonly name: string;
    readonly currency: string;
    readonly country: string | null;
    readonly zone: string;
  };
}

export type Description = Readonly<Record<string, unknown>>;

export function describeModel(input: DescribeInput): Description {
  const { model, access, locale } = input;
  const { id, name, currency, country, zone } = input.organisation;
  const entities = [...model.entities.values()].filter((entity) => access.can(entity.name, 'read'));
  const seen = new Set(entities.map((entity) => entity.name));
  const about = <T extends { readonly entity: string }>(all: ReadonlyMap<string, T>) =>
    [...all.values()].filter((item) => seen.has(item.entity));
  return {
    hash: model.hash,
    languages: model.languages,
    language: locale,
    organisation: { id, name, currency, country, zone },
    entities: entities.map((entity) => describeEntity(input, entity)),
    pipelines: about(model.pipelines).map((pipeline) => describePipeline(input, pipeline)),
    views: [
      ...about(model.views).map((view) => describeView(input, view)),
      ...entities.flatMap((entity) => defaultViews(input, entity)),
    ],
    forms: [...model.forms.values()].filter(({ signed }) => !signed).map((form) => describeForm(input, form)),
    reports: reportsOf(input, about(model.reports)),
    templates: about(model.templates).map((template) => describeTemplate(input, template)),
  };
}

/** Those with a figure the caller may read. */
function reportsOf(input: DescribeInput, reports: readonly Report[]): readonly Description[] {
  const { access } = input;
  if (!access.operation('reports')) return [];
  const told = reports.filter((report) => readableMeasures({ access, report }).length > 0);
  return told.map((report) => describeReport(input, report));
}

function canRead({ access }: DescribeInput, entity: string, field: string): boolean {
  return !isNever(access.readable(entity, field));
}

function describeDuplicates(input: DescribeInput, rule: DuplicateRule, { name }: Entity): Description {
  const seen = (keys: readonly string[]) => keys.filter((key) => isAlways(input.access.readable(name, key)));
  return { same: seen(rule.same), similar: seen(rule.similar) };
}

function describeEntity(input: DescribeInput, entity: Entity): Description {
  const { model, access, locale } = input;
  const title = model.texts.get(`entities.${entity.name}.title`, locale);
  return {
    name: entity.name,
    plural: entity.plural,
    title,
    pluralTitle: model.texts.get(`entities.${entity.name}.pluralTitle`, locale),
    display: entity.display.filter((part) => 'text' in part || canRead(input, entity.name, part.field)),
    owner: entity.owner ?? null,
    single: entity.single,
    can: {
      create: access.can(entity.name, 'create'),
      update: access.can(entity.name, 'update'),
      delete: access.can(entity.name, 'delete'),
      assign: access.can(entity.name, 'assign'),
      export: access.operation('export'),
    },
    fields: [...entity.fields.values()]
      .filter((field) => canRead(input, entity.name, field.key))
      .map((field) => describeField(input, field)),
    lists: [...entity.lists.values()]
      .filter((list) => access.lookup.list(entity.name, list.key))
      .map((list) => describeList(input, list)),
    pipelines: entity.pipelines,
    buttons: buttonsOf(input, entity),
    ...(entity.accessVia === undefined ? {} : { accessVia: entity.accessVia }),
    ...(entity.duplicates === undefined ? {} : { duplicates: describeDuplicates(input, entity.duplicates, entity) }),
  };
}

/** Rules this caller may set off on a record: `POST /automations/{name}/run`. */
function buttonsOf({ model, principal, locale }: DescribeInput, entity: Entity): readonly Description[] {
  return [...model.automations.values()]
    .filter((rule) => rule.on.entity === entity.name && mayPress(model, principal, rule))
    .map(({ name }) => ({ name, title: model.texts.get(`automations.${name}.title`, locale) }));
}

/** A child list is called as what it holds. */
function describeList({ model, locale }: DescribeInput, list: ListPath): Description {
  const title = model.texts.get(`entities.${list.entity}.pluralTitle`, locale);
  return { key: list.key, title, entity: list.entity, field: list.field.key };
}

function describePipeline(input: DescribeInput, pipeline: Pipeline): Description {
  const { model, principal, locale } = input;
  const text = (key: string) => model.texts.get(`pipelines.${pipeline.name}.${key}`, locale);
  const open = pipeline.transitions.filter(
    ({ roles }) => roles.length === 0 || roles.some((role) => principal.roles.includes(role)),
  );
  return {
    name: pipeline.name,
    title: text('title'),
    entity: pipeline.entity,
    stages: pipeline.stages.map((stage) => ({
      key: stage.key,
      title: text(`stages.${stage.key}.title`),
      kind: stage.kind,
      probability: stage.probability ?? null,
      goal: stage.goal ?? null,
      help: stage.help === undefined ? null : text(`stages.${stage.key}.help`),
    })),
    transitions: open.map((transition) => ({
      key: transition.key,
      from: transition.from,
      to: transition.to,
      requires: transition.requires.map((requirement) => ({
        key: requirement.key,
        ...(requirement.field === undefined ? {} : { field: requirement.field }),
        message: text(`requirements.${transition.key}.${requirement.key}`) || requirement.message,
      })),
    })),
  };
}

function describeView(input: DescribeInput, view: View): Description {
  const { model, locale } = input;
  // A column may lead over a reference; its first step decides whether it is shown.
  const shown = (paths: readonly string[]) => paths.filter((path) => isPathReadable(input, view.entity, path));
  return {
    name: view.name,
    title: model.texts.get(`views.${view.name}.title`, locale),
    entity: view.entity,
    kind: view.kind,
    fields: shown(view.fields),
    groups: view.groups.map((group) => ({
      key: group.key,
      title: model.texts.get(`views.${view.name}.groups.${group.key}`, locale),
      fields: shown(group.fields),
    })),
    filter: view.filter ?? null,
    sort: view.sort,
    group: view.group ?? null,
    pipeline: view.pipeline ?? null,
    menu: view.menu ?? null,
  };
}

function isPathReadable(input: DescribeInput, entity: string, path: string): boolean {
  const [first = '', ...rest] = path.split('.');
  if (input.model.list(entity, first)) return input.access.lookup.list(entity, first) !== undefined;
  const field = input.model.field(entity, first);
  if (!field || !canRead(input, entity, first)) return false;
  const target = field.reference?.to[0];
  return rest.length === 0 || (target !== undefined && isPathReadable(input, target, rest.join('.')));
}

/** Every entity has a list and a form, whether a view names it or not. */
function defaultViews(input: DescribeInput, entity: Entity): readonly Description[] {
  const fields = [...entity.fields.values()].filter((field) => !field.system && canRead(input, entity.name, field.key));
  const own = fields.map((field) => field.key);
  const base = { entity: entity.name, groups: [], filter: null, group: null, pipeline: null, menu: null };
  const views = [
    { ...base, name: `${entity.name}List`, kind: 'list', fields: own.slice(0, DEFAULT_COLUMNS), sort: ['-createdAt'] },
    { ...base, name: `${entity.name}Form`, kind: 'form', fields: own, sort: [] },
  ];
  const key = (kind: string) => (kind === 'list' ? 'pluralTitle' : 'title');
  return views
    .filter((view) => !input.model.views.has(view.name))
    .map((view) => ({
      ...view,
      title: input.model.texts.get(`entities.${entity.name}.${key(view.kind)}`, input.locale),
    }));
}

const DEFAULT_COLUMNS = 6;

function describeForm({ model, locale }: DescribeInput, form: Form): Description {
  return { name: form.name, title: model.texts.get(`forms.${form.name}.title`, locale), url: `/forms/${form.name}` };
}

function describeTemplate({ model, locale }: DescribeInput, template: Template): Description {
  const title = model.texts.get(`templates.${template.name}.title`, locale);
  return { name: template.name, title, entity: template.entity, purpose: template.purpose };
}
