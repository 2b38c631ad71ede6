import type { DisplayPart, ModelDocument, ModelEntity, ModelField } from './types.ts';

/** Small parts of a model for tests of pure logic. */
export const testField = (key: string, type: string, more: Partial<ModelField> = {}): ModelField => ({
  key,
  title: key,
  type,
  required: false,
  readOnly: false,
  system: false,
  computed: false,
  searchable: false,
  operators: ['eq', 'ne'],
  ...more,
});

export const testEntity = (
  name: string,
  fields: readonly ModelField[],
  display: readonly DisplayPart[] = [],
): ModelEntity => ({
  name,
  plural: `${name}s`,
  title: name,
  pluralTitle: `${name}s`,
  display,
  owner: null,
  single: false,
  can: { create: true, update: true, delete: true, assign: true, export: true },
  fields,
  lists: [],
  pipelines: [],
});

export const testModel = (entities: readonly ModelEntity[]): ModelDocument => ({
  hash: 'test',
  languages: ['en'],
  language: 'en',
  organisation: { id: 'o', name: 'Test', currency: 'EUR' },
  entities,
  pipelines: [],
  views: [],
  forms: [],
  reports: [],
  templates: [],
});
