import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { CasementError } from '../errors.ts';
import { applyPatches } from './apply-patches.ts';
import { builtInActions } from './built-in-actions.ts';
import { checkSeeds, type SeedOptions } from './check-seeds.ts';
import { orderComputed } from './computed-order.ts';
import { checkEntityCycles } from './entity-cycles.ts';
import { createErrorSink, DefinitionErrors, type ErrorSink } from './definition-errors.ts';
import { findPackages } from './find-packages.ts';
import { deepFreeze } from './freeze.ts';
import { linkAutomations } from './link-automations.ts';
import { linkCalendars } from './link-calendars.ts';
import { createEntities, linkEntities } from './link-entities.ts';
import { linkForms } from './link-forms.ts';
import { linkPipelines } from './link-pipelines.ts';
import { linkReports } from './link-reports.ts';
import { linkRoles } from './link-roles.ts';
import { linkSources } from './link-sources.ts';
import { linkTemplates } from './link-templates.ts';
import { linkViews } from './link-views.ts';
import { createLookup, type Linking } from './linking.ts';
import { removeTexts } from './removed-texts.ts';
import { mergeEntities } from './merge-entities.ts';
import { hashModel } from './model-hash.ts';
import { overlayPackage, replaceByOverlay, type OverlayDocument } from './overlay.ts';
import { readPackage, type Package } from './read-package.ts';
import { createSlowChecks } from './slow-checks.ts';
import type { SlowChecks } from './slow-checks.ts';
import { readStageSources } from './stage-sources.ts';
import { collectAliases, collectEntityTexts, createTexts } from './texts.ts';
import { readMetaSchemas, validateDocuments } from './validate-documents.ts';
import type { Document } from './documents.ts';
import type { Model, PackageInfo } from './model.ts';
import type { FieldType, JsonSchema } from '../fields/field-type.ts';

export interface LoadOptions {
  /** The project's folder: its package.json names the plugins. */
  readonly projectDir: string;
  /** The folder of the base package; see `findBaseDir`. */
  readonly baseDir: string;
  readonly fieldTypes: ReadonlyMap<string, FieldType>;
  /** In place of the project's `casement.plugins`. */
  readonly plugins?: readonly string[];
  /** The input of every automation action by name; the built-in ones when absent. */
  readonly actions?: ReadonlyMap<string, JsonSchema>;
  /** Where the plugins are looked for; the project's folder when absent. */
  readonly pluginsFrom?: string;
  /** Documents made or patched while the application runs: the last layer. */
  readonly overlay?: readonly OverlayDocument[];
  /** In place of asking about every text. */
  readonly slow?: SlowChecks;
  /** Also check `seed/demo/`, which takes longer than all the rest. */
  readonly demo?: boolean;
}

/**
 * Finds, checks, links and freezes every definition. Reads files and nothing else. Throws DefinitionErrors with every wrong
 * place of every file at once.
 */
export function loadModel(options: LoadOptions): Model {
  const steps = loadSteps(options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same, and whatever else the process has to do is done in between. */
export async function loadModelInSlices(options: LoadOptions): Promise<Model> {
  const steps = loadSteps(options);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Pauses wherever some milliseconds may have passed. */
type Steps<T> = Generator<void, T, void>;

function* loadSteps(options: LoadOptions): Steps<Model> {
  const errors = createErrorSink();
  const projectDir = realpathSync(options.projectDir);
  const baseDir = realpathSync(options.baseDir);
  const metas = readMetaSchemas(baseDir);
  const found = findPackages({
    projectDir,
    baseDir,
    plugins: options.plugins,
    pluginsFrom: options.pluginsFrom,
    manifestSchema: metas.package,
    errors,
  });
  yield;
  const files: Package[] = [];
  for (const layer of found.layers) {
    files.push(readPackage(layer, projectDir, errors));
    yield;
  }
  const overlay = overlayPackage(found.project, options.overlay ?? [], errors);
  const packages = options.overlay?.length ? [...files, overlay] : files;
  const sources = packages.flatMap((one) => one.documents);
  const documents = validateDocuments(applyPatches(replaceByOverlay(sources), errors), metas, errors);
  yield;
  const model = yield* linkModel({
    options,
    errors,
    packages,
    sources,
    documents,
    seeds: { schema: metas.seed, projectDir, demo: options.demo === true },
  });
  if (errors.errors.length > 0) throw new DefinitionErrors(errors.errors);
  return model;
}

interface Loading {
  readonly options: LoadOptions;
  readonly errors: ErrorSink;
  readonly packages: readonly Package[];
  /** As read. */
  readonly sources: readonly Document[];
  readonly documents: ReturnType<typeof validateDocuments>;
  readonly seeds: SeedOptions;
}

function* linkModel(loading: Loading): Steps<Model> {
  const { options, errors, packages, sources, documents, seeds } = loading;
  const merged = mergeEntities(documents, errors);
  yield;
  const { linking, texts } = yield* linkFields(loading, merged);
  const { entities } = linking;
  yield;
  const parts = { entities, ...(yield* linkRest(linking, options)) };
  yield;
  checkSeeds(linking, packages, seeds);
  yield;
  const locales = packages.flatMap((one) => one.locales);
  const said = removeTexts(locales);
  const aliases = collectAliases(entities, texts);
  const hash = hashModel({ documents, merged, locales: said });
  yield;
  const translated = createTexts({ keys: texts, aliases, locales: said, errors, broken: documents.broken });
  yield;
  return deepFreeze<Model>({
    ...parts,
    hash,
    packages: packages.filter(({ layer }) => layer !== 'overlay').map(describePackage),
    documents: sources,
    locales,
    languages: [...new Set(['en', ...locales.map((locale) => locale.language)])],
    byPlural: new Map([...entities.values()].map((entity) => [entity.plural, entity])),
    texts: translated,
    ...linking.lookup,
    entity(name) {
      const entity = entities.get(name);
      if (!entity) throw new CasementError('NOT_FOUND', `There is no entity "${name}".`);
      return entity;
    },
  });
}

/** The entities, with what hangs on other entities. */
function* linkFields(
  { options, errors, documents }: Loading,
  merged: ReturnType<typeof mergeEntities>,
): Steps<{ readonly linking: Linking; readonly texts: Map<string, string> }> {
  const texts = new Map<string, string>();
  const { fieldTypes, slow = createSlowChecks() } = options;
  const roleNames = [...(documents.names.get('role') ?? [])];
  const entities = createEntities(
    { fieldTypes, errors, texts, slow },
    { merged, pipelines: readStageSources(documents), roleNames },
  );
  yield;
  const linking: Linking = { fieldTypes, errors, documents, entities, texts, slow, lookup: createLookup(entities) };
  linkEntities(linking, merged);
  checkEntityCycles(linking, merged);
  yield;
  linkSources(linking, merged);
  yield;
  orderComputed(linking, merged);
  collectEntityTexts(entities, texts);
  return { linking, texts };
}

/** Everything that speaks of the entities. */
function* linkRest(linking: Linking, options: LoadOptions): Steps<LinkedRest> {
  const checkText = linking.slow.text;
  const pipelines = linkPipelines(linking);
  yield;
  const roles = linkRoles(linking);
  yield;
  const views = linkViews(linking);
  yield;
  const forms = linkForms(linking, checkText);
  const reports = linkReports(linking);
  const calendars = linkCalendars(linking);
  yield;
  const templates = linkTemplates(linking, checkText);
  yield;
  const automations = linkAutomations(linking, { actions: options.actions ?? builtInActions(), checkText });
  return { pipelines, roles, views, forms, reports, calendars, templates, automations };
}

type LinkedRest = Pick<
  Model,
  'pipelines' | 'roles' | 'views' | 'forms' | 'reports' | 'calendars' | 'templates' | 'automations'
>;

function describePackage(one: Package): PackageInfo {
  const { name, title, version, dir, dataDir } = one;
  return { name, title, version, dir, seedDir: join(dataDir, 'seed'), scenarioDir: join(dataDir, 'scenarios') };
}
