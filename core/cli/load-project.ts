import { actionInputs, createActions } from '../automation/actions/built-in.ts';
import { findBaseDir } from '../definitions/base-dir.ts';
import { loadModel } from '../definitions/load-model.ts';
import type { OverlayDocument } from '../definitions/overlay.ts';
import type { Model } from '../definitions/model.ts';
import { createFieldTypes } from '../fields/registry.ts';

export interface ProjectChoice {
  readonly projectDir: string;
  readonly plugins?: readonly string[];
  /** Where they are looked for; the project's folder when absent. */
  readonly pluginsFrom?: string;
  readonly overlay?: readonly OverlayDocument[];
}

/** Loads and checks every definition of a project, without a database. Throws `DefinitionErrors`. */
export function loadProject({ projectDir, plugins, pluginsFrom, overlay }: ProjectChoice): Model {
  const never = () => Promise.reject(new Error('Nothing runs while definitions are checked.'));
  const actions = actionInputs(
    createActions({ documents: { generate: never }, mail: { send: never }, outbound: { send: never } }),
  );
  return loadModel({
    projectDir,
    baseDir: findBaseDir(),
    fieldTypes: createFieldTypes(),
    actions,
    ...(plugins ? { plugins } : {}),
    ...(pluginsFrom === undefined ? {} : { pluginsFrom }),
    ...(overlay ? { overlay } : {}),
  });
}
