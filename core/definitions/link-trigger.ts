import { cronProblem } from '../rules/cron.ts';
import { parseDuration } from '../rules/duration.ts';
import { hint } from './check-schema.ts';
import { isZone } from './link-calendars.ts';
import { defined } from './link-field.ts';
import { isTemporal } from './link-sources.ts';
import { below, checkNamed, findField, type At, type EntityDraft, type Linking } from './linking.ts';
import type { TriggerDoc } from './documents.ts';
import type { Trigger } from './model.ts';

interface TriggerLinking {
  readonly doc: TriggerDoc;
  readonly at: At;
}

/** What sets a rule off. `entity` is that of its record; only `schedule` and `received` do without. */
export function linkTrigger(linking: Linking, entity: EntityDraft | undefined, { doc, at }: TriggerLinking): Trigger {
  if (doc.trigger === 'schedule') return linkSchedule(linking, { doc, at });
  if (doc.trigger === 'received') {
    const { by = 'form' } = doc;
    if (by === 'form' && doc.name !== undefined) checkNamed(linking, 'form', doc.name, below(at, '/name'));
    return { trigger: 'received', by, ...defined({ entity: doc.entity, name: doc.name }) };
  }
  if (!entity) return { trigger: 'created', entity: '' };
  return linkRecordTrigger(linking, entity, { doc, at });
}

function linkSchedule(linking: Linking, { doc, at }: TriggerLinking): Trigger {
  const { cron = '', zone } = doc;
  const problem = cronProblem(cron);
  if (problem !== undefined) linking.errors.add(at.file, `${at.pointer}/cron`, problem);
  if (zone !== undefined && !isZone(zone))
    linking.errors.add(at.file, `${at.pointer}/zone`, `"${zone}" is not a time zone such as Europe/Tallinn.`);
  return { trigger: 'schedule', cron, ...defined({ entity: doc.entity, zone }), ...skipOf(doc) };
}

function skipOf({ missed }: TriggerDoc): { readonly missed?: 'skip' } {
  return missed === 'skip' ? { missed } : {};
}

function linkRecordTrigger(linking: Linking, entity: EntityDraft, { doc, at }: TriggerLinking): Trigger {
  const { name } = entity;
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
      return {
        trigger: 'due',
        entity: name,
        field: doc.field ?? '',
        offset: parseDuration(doc.offset ?? '0s'),
        ...defined({ every: doc.every }),
        ...skipOf(doc),
      };
    case 'event':
      return { trigger: 'event', entity: name, event: doc.event ?? '' };
    case 'manual':
      for (const [index, role] of (doc.roles ?? []).entries())
        checkNamed(linking, 'role', role, below(at, `/roles/${index}`));
      return { trigger: 'manual', entity: name, roles: doc.roles ?? [] };
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
  return { ...place, trigger: 'stayed', duration, ...defined({ calendar: doc.calendar }), ...skipOf(doc) };
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
