import type { ModelDocument, ModelEntity, ModelField, ModelPipeline, ModelView } from './types.ts';

/** The model with ways to look things up by name. */
export interface UiModel extends ModelDocument {
  /** Throws for a name the caller may not see or that does not exist. */
  entity(name: string): ModelEntity;
  findEntity(name: string): ModelEntity | undefined;
  field(entity: string, key: string): ModelField | undefined;
  view(name: string): ModelView | undefined;
  /** The form view of an entity, else nothing. */
  formView(entity: string): ModelView | undefined;
  pipeline(name: string): ModelPipeline | undefined;
  pipelinesOf(entity: string): readonly ModelPipeline[];
  /** Views with a place in the menu, in its order. */
  readonly menu: readonly ModelView[];
}

export class UnknownEntityError extends Error {
  constructor(name: string) {
    super(`There is no "${name}" here, or you may not see it`);
    this.name = 'UnknownEntityError';
  }
}

const byName = <T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.name, item]));

/** There is one record of a single entity already: nothing offers to make another. */
const withoutSecond = (entity: ModelEntity): ModelEntity =>
  entity.single ? { ...entity, can: { ...entity.can, create: false } } : entity;

export function indexModel(document: ModelDocument): UiModel {
  const entities = byName(document.entities.map(withoutSecond));
  const views = byName(document.views);
  const pipelines = byName(document.pipelines);
  const fields = new Map(
    document.entities.map((entity) => [entity.name, new Map(entity.fields.map((field) => [field.key, field]))]),
  );
  const forms = document.views.filter((view) => view.kind === 'form');
  return {
    ...document,
    entities: [...entities.values()],
    entity(name) {
      const entity = entities.get(name);
      if (!entity) throw new UnknownEntityError(name);
      return entity;
    },
    findEntity: (name) => entities.get(name),
    field: (entity, key) => fields.get(entity)?.get(key),
    view: (name) => views.get(name),
    // A view written by hand wins over the default one, which the server names `<entity>Form`.
    formView: (entity) => {
      const own = forms.filter((view) => view.entity === entity);
      return own.find((view) => view.name !== `${entity}Form`) ?? own[0];
    },
    pipeline: (name) => pipelines.get(name),
    pipelinesOf: (entity) => document.pipelines.filter((pipeline) => pipeline.entity === entity),
    menu: document.views.filter((view) => typeof view.menu === 'number').sort((a, b) => (a.menu ?? 0) - (b.menu ?? 0)),
  };
}
