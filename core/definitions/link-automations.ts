import { findDuplicates, humanise } from './keys.ts';
import { findLoops } from './find-loops.ts';
import { linkSteps, stepKeys } from './link-steps.ts';
import type { StepOptions } from './link-step.ts';
import { linkTrigger } from './link-trigger.ts';
import { below, conditionOf, findEntity, type At, type EntityDraft, type Linking } from './linking.ts';
import { checkLoads } from './paths.ts';
import { ALWAYS } from '../rules/condition.ts';
import type { AutomationDoc, Document } from './documents.ts';
import type { Automation } from './model.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** A name that an address of the automations has taken: `/automations/runs`. */
const TAKEN = 'runs';

/** The automations with their conditions and values parsed; rules that would set one another off without end are told. */
export function linkAutomations(linking: Linking, options: StepOptions): ReadonlyMap<string, Automation> {
  const automations = new Map<string, Automation>();
  const files = new Map<string, string>();
  for (const document of linking.documents.of.automation) {
    const automation = linkAutomation(linking, document, options);
    if (!automation) continue;
    automations.set(document.name, automation);
    files.set(document.name, document.file);
  }
  for (const { rules, message } of findLoops(linking, automations))
    linking.errors.add(files.get(rules[0] ?? '') ?? '', '/on', message);
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
  if (doc.name === TAKEN)
    linking.errors.add(at.file, '/name', `A rule cannot be called "${TAKEN}": /automations/${TAKEN} lists all runs.`);
  tellDoubles(linking, doc, at);
  const { entity: name } = doc.on;
  const entity = name === undefined ? undefined : findEntity(linking, name, below(at, '/on/entity'));
  if (name !== undefined && !entity) return undefined;
  const on = linkTrigger(linking, entity, { doc: doc.on, at: below(at, '/on') });
  const load = doc.load ?? [];
  if (entity) checkLoads(linking, entity.name, { loads: load, at: below(at, '/load') });
  else if (load.length > 0)
    linking.errors.add(at.file, '/load', 'This rule has no record, so there is nothing to load.');
  const as = doc.as ?? 'system';
  checkPrincipal(linking, entity, { doc, at });
  return {
    name: doc.name,
    title,
    on,
    load,
    as,
    enabled: doc.enabled ?? true,
    written: writtenOf(doc),
    when: whenOf(linking, entity, { doc, at }),
    do: linkSteps(linking, entity, { ...options, automation: doc.name, load, as, steps: doc.do, at: below(at, '/do') }),
  };
}

/** Without what only an editor reads. */
function writtenOf(doc: AutomationDoc): JsonSchema {
  return Object.fromEntries(Object.entries(doc).filter(([key]) => !key.startsWith('$')));
}

interface RuleAt {
  readonly doc: AutomationDoc;
  readonly at: At;
}

function tellDoubles(linking: Linking, doc: AutomationDoc, at: At): void {
  const keys = stepKeys(doc.do, '/do');
  for (const { index } of findDuplicates(keys.map(({ key }) => key))) {
    const { key = '', pointer = '' } = keys[index] ?? {};
    linking.errors.add(
      at.file,
      `${pointer}/key`,
      `The key "${key}" stands here twice (the case of letters makes no difference).`,
    );
  }
}

function whenOf(linking: Linking, entity: EntityDraft | undefined, { doc, at }: RuleAt) {
  if (entity) return conditionOf(linking, entity, { json: doc.when, at: below(at, '/when') });
  if (doc.when !== undefined)
    linking.errors.add(
      at.file,
      '/when',
      'This rule has no record to ask about. Name an "entity" in "on", or use "each".',
    );
  return ALWAYS;
}

function checkPrincipal(linking: Linking, entity: EntityDraft | undefined, { doc, at }: RuleAt): void {
  const tell = (message: string) => linking.errors.add(at.file, '/as', message);
  if (doc.as === 'owner' && entity?.owner === undefined)
    tell(`${entity?.name ?? 'No record'} has no owner whose rights could be used. Use "system".`);
  if (doc.as === 'actor' && (doc.on.trigger === 'schedule' || doc.on.trigger === 'received'))
    tell('Nobody of the firm sets this rule off, so there are no rights to use. Use "system" or "owner".');
}
