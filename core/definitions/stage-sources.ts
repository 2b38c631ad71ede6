import { isObject } from './check-schema.ts';
import type { CheckedDocuments } from './validate-documents.ts';

/** What the fields `pipeline` and `stage` need of a pipeline. */
export interface StageSource {
  readonly name: string;
  readonly title?: string;
  readonly entity: string;
  readonly package: string;
  readonly stages: readonly { readonly key: string; readonly title?: string }[];
}

/** The pipelines, and of the broken ones what can be read, so that their stages are known to others. */
export function readStageSources(documents: CheckedDocuments): readonly StageSource[] {
  const good = documents.of.pipeline;
  const broken = documents.broken.filter(
    ({ kind, name }) => kind === 'pipeline' && !good.some((document) => document.name === name),
  );
  return [
    ...good.map((document) => ({ ...document.json, package: document.package })),
    ...broken.flatMap(({ name, json, package: owner }) => {
      const { entity, stages } = json;
      const keys = Array.isArray(stages)
        ? stages.map((stage: unknown) => (isObject(stage) ? stage['key'] : undefined))
        : [];
      return typeof entity === 'string'
        ? [
            {
              name,
              entity,
              package: owner,
              stages: keys.filter((key) => typeof key === 'string').map((key) => ({ key })),
            },
          ]
        : [];
    }),
  ];
}
