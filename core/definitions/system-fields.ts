import type { Draft } from './linking.ts';
import type { Field } from './model.ts';
import type { StageSource } from './stage-sources.ts';
import { humanise } from './keys.ts';
import type { FieldType } from '../fields/field-type.ts';

/** Titles of the fields that every record has; translated once for all entities under `fields.<key>`. */
export const SYSTEM_TITLES: Readonly<Record<string, string>> = {
  id: 'Id',
  version: 'Version',
  createdAt: 'Created',
  updatedAt: 'Changed',
  createdBy: 'Created by',
  updatedBy: 'Changed by',
  deletedAt: 'Deleted',
  pipeline: 'Pipeline',
  stage: 'Stage',
};

const TYPES: Readonly<Record<string, string>> = {
  id: 'id',
  version: 'integer',
  createdAt: 'dateTime',
  updatedAt: 'dateTime',
  createdBy: 'reference',
  updatedBy: 'reference',
  deletedAt: 'dateTime',
};

const FILLED = new Set(['id', 'version', 'createdAt', 'updatedAt']);

/**
 * The fields every record has. `createdBy` and `updatedBy` are references to `user` without an inverse; in a model without
 * users they are plain ids.
 */
export function createSystemFields(
  owner: FieldOwner,
  types: ReadonlyMap<string, FieldType>,
  hasUsers: boolean,
): readonly Draft<Field>[] {
  return Object.entries(TYPES).map(([key, name]) => {
    const isReference = name === 'reference';
    const type = requireType(types, isReference && !hasUsers ? 'id' : name);
    return {
      ...plainField(owner, key, type),
      required: FILLED.has(key),
      system: true,
      readOnly: true,
      ...(isReference && hasUsers
        ? { reference: { to: ['user'], many: false, onDelete: 'restrict' as const, timeline: false } }
        : {}),
    };
  });
}

/** `pipeline` and `stage`, of an entity that some pipeline names. Options in the order of the pipelines and their stages. */
export function createPipelineFields(
  owner: FieldOwner,
  types: ReadonlyMap<string, FieldType>,
  pipelines: readonly StageSource[],
): readonly Draft<Field>[] {
  const type = requireType(types, 'select');
  const stages = new Map(
    pipelines
      .flatMap((pipeline) => pipeline.stages.map((stage) => [stage.key, stage.title ?? humanise(stage.key)] as const))
      .reverse(),
  );
  const keys = [...new Set(pipelines.flatMap((pipeline) => pipeline.stages.map((stage) => stage.key)))];
  const only = pipelines.length === 1 ? pipelines[0] : undefined;
  const names = pipelines.map((pipeline) => pipeline.name);
  const first = only?.stages[0]?.key;
  return [
    {
      ...plainField(owner, 'pipeline', type),
      required: true,
      options: names,
      optionTitles: Object.fromEntries(
        pipelines.map((pipeline) => [pipeline.name, pipeline.title ?? humanise(pipeline.name)]),
      ),
      schema: { enum: names },
      ...(only ? { default: only.name } : {}),
    },
    {
      ...plainField(owner, 'stage', type),
      required: true,
      options: keys,
      optionTitles: Object.fromEntries(keys.map((key) => [key, stages.get(key) ?? key])),
      schema: { enum: keys },
      ...(first === undefined ? {} : { default: first }),
    },
  ];
}

/** The entity a field belongs to and the package that brings the field. */
export interface FieldOwner {
  readonly entity: string;
  readonly package: string;
}

function plainField(owner: FieldOwner, key: string, type: FieldType): Draft<Field> {
  return {
    key,
    type,
    ...owner,
    title: SYSTEM_TITLES[key] ?? key,
    required: false,
    system: false,
    readOnly: false,
    unique: false,
    multiline: false,
    optionTitles: {},
    schema: {},
  };
}

function requireType(types: ReadonlyMap<string, FieldType>, name: string): FieldType {
  const type = types.get(name);
  if (!type) throw new Error(`The field type "${name}" is not registered: pass the types of createFieldTypes().`);
  return type;
}
