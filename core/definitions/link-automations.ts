import { parseDuration } from '../rules/duration.ts';
import { hint } from './check-schema.ts';
import { findDuplicates, humanise } from './keys.ts';
import { defined } from './link-field.ts';
import { isTemporal } from './link-sources.ts';
import { linkStep, type StepOptions } from './link-step.ts';
import {
  below,
  checkNamed,
  conditionOf,
  findEntity,
  findField,
  type At,
  type EntityDraft,
  type Linking,
} from './linking.ts';
import { checkLoads } from './paths.ts';
import type { AutomationDoc, Document, TriggerDoc } from './documents.ts';
import type { Automation, Trigger } from './model.ts';

/** The automations with their conditions and values parsed. */
export function linkAutomations(linking: Linking, options: StepOptions): ReadonlyMap<string, Automation> {
  const automations = new Map<string, Automation>();
  for (const document of linking.documents.of.automation) {
    const automation = linkAutomation(linking, document, options);
    if (automation) automations.set(document.name, automation);
  }
  return automations;
}

function linkAutomation(
  linking: Linking,
  document: Document<AutomationDoc>,
  options: StepOptions,
): Automation | undefined {
  const doc = document.json;
  const at: At = { file: document.file, pointer: '' };
  const title = doc.title ?? humanise(doc.name);
  linking.texts.set(`automations.${doc.name}.title`, title);
  for (const { index } of findDuplicates(doc.do.map((step) => step.key))) {
    linking.errors.add(
      at.file,
      `/do/${index}/key`,
      `The key "${doc.do[index]?.key}" stands here twice (the case of letters makes no difference).`,
    );
  }
  const entity = findEntity(linking, doc.on.entity, below(at, '/on/entity'));
  if (!entity) return undefined;
  const on = linkTrigger(linking, entity, { doc: doc.on, at: below(at, '/on') });
  const load = doc.load ?? [];
  checkLoads(linking, entity.name, { loads: load, at: below(at, '/load') });
  const as = doc.as ?? 'system';
  if (as === 'owner' && entity.owner === undefined)
    linking.errors.add(at.file, '/as', `${entity.name} has no owner whose rights could be used. Use "system".`);
  return {
    name: doc.name,
    title,
    on,
    load,
    as,
    when: conditionOf(linking, entity, { json: doc.when, at: below(at, '/when') }),
    do: doc.do.map((step, index) =>
      linkStep(linking, entity, { ...options, automation: doc.name, step, load, as, at: below(at, `/do/${index}`) }),
    ),
  };
}

interface TriggerLinking {
  readonly doc: TriggerDoc;
  readonly at: At;
}

function linkTrigger(linking: Linking, entity: EntityDraft, { doc, at }: TriggerLinking): Trigger {
  const { entity: name } = doc;
  switch (doc.trigger) {
    case 'created':
    case 'deleted':
      return { trigger: doc.trigger, entity: name };
    case 'updated':
      for (const [index, key] of (doc.fields ?? []).entries())
        findField(linking, entity, key, below(at, `/fields/${index}`));
      return { trigger: 'updated', entity: name, fields: doc.fields ?? [] };
    case 'due':
      checkDue(linking, entity, { doc, at });
      return { trigger: 'due', entity: name, field: doc.field ?? '', offset: parseDuration(doc.offset ?? '0s') };
    case 'event':
      return { trigger: 'event', entity: name, event: doc.event ?? '' };
    default:
      return linkStageTrigger(linking, entity, { doc, at });
  }
}

function checkDue(linking: Linking, entity: EntityDraft, { doc, at }: TriggerLinking): void {
  const field = findField(linking, entity, doc.field ?? '', below(at, '/field'));
  if (field && !isTemporal(field))
    linking.errors.add(
      at.file,
      `${at.pointer}/field`,
      `"${field.key}" is a ${field.type.name}, not a date: nothing falls due by it.`,
    );
}

function linkStageTrigger(linking: Linking, entity: EntityDraft, { doc, at }: TriggerLinking): Trigger {
  const { pipeline, stage = '' } = doc;
  checkStage(linking, entity, { pipeline, stage, at });
  const place = { entity: entity.name, stage, ...defined({ pipeline }) };
  if (doc.trigger !== 'stayed') return { ...place, trigger: doc.trigger === 'left' ? 'left' : 'entered' };
  if (doc.calendar !== undefined) checkNamed(linking, 'calendar', doc.calendar, below(at, '/calendar'));
  const duration = parseDuration(doc.for ?? '0s');
  if (duration <= 0) linking.errors.add(at.file, `${at.pointer}/for`, 'Must be more than nothing.');
  return { ...place, trigger: 'stayed', duration, ...defined({ calendar: doc.calendar }) };
}

interface StageCheck {
  readonly pipeline?: string | undefined;
  readonly stage: string;
  readonly at: At;
}

function checkStage(linking: Linking, entity: EntityDraft, { pipeline, stage, at }: StageCheck): void {
  if (pipeline !== undefined && !checkNamed(linking, 'pipeline', pipeline, below(at, '/pipeline'))) return;
  const documents = linking.documents.of.pipeline;
  const isBroken = pipeline !== undefined && !documents.some((document) => document.name === pipeline);
  if (isBroken) return;
  const tell = (pointer: string, message: string): void => linking.errors.add(at.file, at.pointer + pointer, message);
  if (entity.pipelines.length === 0) return tell('/stage', `${entity.name} has no pipeline, so it has no stages.`);
  if (pipeline !== undefined && !entity.pipelines.includes(pipeline))
    return tell('/pipeline', `The pipeline "${pipeline}" is not one of ${entity.name}.`);
  const stages =
    documents.find((document) => document.name === pipeline)?.json.stages.map(({ key }) => key) ??
    entity.fields.get('stage')?.options ??
    [];
  if (!stages.includes(stage))
    tell(
      '/stage',
      `${pipeline === undefined ? entity.name : `The pipeline ${pipeline}`} has no stage "${stage}"${hint(stage, stages)}`,
    );
}
