import { parseCondition } from '../rules/parse-condition.ts';
import { parseDuration } from '../rules/duration.ts';
import { hint } from './check-schema.ts';
import { findDuplicates, humanise } from './keys.ts';
import { defined } from './link-field.ts';
import { attempt, below, checkNamed, findEntity, type At, type EntityDraft, type Linking } from './linking.ts';
import { checkGraph } from './pipeline-graph.ts';
import type { Document, PipelineDoc, RequirementDoc } from './documents.ts';
import type { Pipeline, Requirement, Stage, Transition } from './model.ts';

/** The pipelines with their conditions parsed; wrong graphs are refused. */
export function linkPipelines(linking: Linking): ReadonlyMap<string, Pipeline> {
  const pipelines = new Map<string, Pipeline>();
  for (const document of linking.documents.of.pipeline) {
    pipelines.set(document.name, linkPipeline(linking, document));
  }
  return pipelines;
}

function linkPipeline(linking: Linking, document: Document<PipelineDoc>): Pipeline {
  const doc = document.json;
  const at: At = { file: document.file, pointer: '' };
  const entity = findEntity(linking, doc.entity, below(at, '/entity'));
  const title = doc.title ?? humanise(doc.name);
  const prefix = `pipelines.${doc.name}`;
  linking.texts.set(`${prefix}.title`, title);
  checkKeys(linking, doc, at);
  checkGraph(linking.errors, doc, document.file);
  return {
    name: doc.name,
    title,
    entity: doc.entity,
    stages: doc.stages.map((stage) => linkStage(linking, stage, prefix)),
    transitions: doc.transitions.map((transition, index) =>
      linkTransition(linking, { doc, entity, transition, at: below(at, `/transitions/${index}`) }),
    ),
  };
}

function checkKeys(linking: Linking, doc: PipelineDoc, at: At): void {
  for (const part of ['stages', 'transitions'] as const) {
    for (const { index } of findDuplicates(doc[part].map(({ key }) => key))) {
      linking.errors.add(
        at.file,
        `/${part}/${index}/key`,
        `The key "${doc[part][index]?.key}" stands here twice (the case of letters makes no difference).`,
      );
    }
  }
  for (const [index, stage] of doc.stages.entries()) {
    const was = stage['x-was'];
    if (was !== undefined && doc.stages.some(({ key }) => key === was)) {
      linking.errors.add(
        at.file,
        `/stages/${index}/x-was`,
        `"${was}" is still a stage, so this cannot be its new name.`,
      );
    }
  }
}

function linkStage(linking: Linking, stage: PipelineDoc['stages'][number], prefix: string): Stage {
  const title = stage.title ?? humanise(stage.key);
  linking.texts.set(`${prefix}.stages.${stage.key}.title`, title);
  if (stage.help !== undefined) linking.texts.set(`${prefix}.stages.${stage.key}.help`, stage.help);
  return {
    key: stage.key,
    title,
    kind: stage.kind,
    ...defined({
      probability: stage.probability,
      goal: stage.goal === undefined ? undefined : parseDuration(stage.goal),
      help: stage.help,
      was: stage['x-was'],
    }),
  };
}

interface TransitionLinking {
  readonly doc: PipelineDoc;
  readonly entity: EntityDraft | undefined;
  readonly transition: PipelineDoc['transitions'][number];
  readonly at: At;
}

function linkTransition(linking: Linking, { doc, entity, transition, at }: TransitionLinking): Transition {
  const { key, to } = transition;
  const requires = transition.requires ?? [];
  const from = transition.from.includes('*')
    ? doc.stages.map((stage) => stage.key).filter((stage) => stage !== to)
    : transition.from;
  for (const [index, role] of (transition.roles ?? []).entries())
    checkNamed(linking, 'role', role, below(at, `/roles/${index}`));
  for (const { index } of findDuplicates(
    requires.map((requirement) => (typeof requirement === 'string' ? requirement : requirement.key)),
  )) {
    linking.errors.add(at.file, `${at.pointer}/requires/${index}`, 'The same requirement key stands here twice.');
  }
  const linked = entity
    ? requires.flatMap((requirement, index) =>
        linkRequirement(linking, entity, { requirement, at: below(at, `/requires/${index}`) }),
      )
    : [];
  for (const requirement of linked)
    linking.texts.set(`pipelines.${doc.name}.requirements.${key}.${requirement.key}`, requirement.message);
  return { key, from, to, requires: linked, roles: transition.roles ?? [] };
}

function linkRequirement(
  linking: Linking,
  entity: EntityDraft,
  { requirement, at }: { requirement: RequirementDoc; at: At },
): Requirement[] {
  if (typeof requirement === 'string') return linkFilled(linking, entity, { key: requirement, at });
  const { key, field, message } = requirement;
  if (field !== undefined && !entity.fields.has(field) && !entity.lists.has(field)) {
    linking.errors.add(at.file, `${at.pointer}/field`, unknownField(entity, field));
  }
  const condition = attempt(linking, below(at, '/condition'), () =>
    parseCondition(requirement.condition, entity.name, linking.lookup),
  );
  return condition ? [{ key, condition, message, ...defined({ field }) }] : [];
}

/** A bare name: that field must be filled, that list must hold something. */
function linkFilled(linking: Linking, entity: EntityDraft, { key, at }: { key: string; at: At }): Requirement[] {
  const field = entity.fields.get(key);
  const list = entity.lists.get(key);
  if (!field && !list) {
    linking.errors.add(at.file, at.pointer, unknownField(entity, key));
    return [];
  }
  const filled =
    list || field?.reference?.many ? { [key]: { some: { id: { empty: false } } } } : { [key]: { empty: false } };
  const condition = attempt(linking, at, () => parseCondition(filled, entity.name, linking.lookup));
  const name = field?.title ?? humanise(key);
  const message = list ? `Add at least one of: ${name}.` : `Fill in "${name}" first.`;
  return condition ? [{ key, field: key, condition, message }] : [];
}

function unknownField(entity: EntityDraft, key: string): string {
  return `${entity.name} has no field or list "${key}"${hint(key, [...entity.fields.keys(), ...entity.lists.keys()])}`;
}
