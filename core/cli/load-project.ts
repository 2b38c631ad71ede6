import { actionInputs, createActions } from '../automation/actions/built-in.ts';
import { findBaseDir } from '../definitions/base-dir.ts';
import { loadModel } from '../definitions/load-model.ts';
import type { Model } from '../definitions/model.ts';
import { createFieldTypes } from '../fields/registry.ts';

export interface ProjectChoice {
  readonly projectDir: string;
  readonly plugins?: readonly string[];
}

/** Loads and checks every definition of a project, without a database. Throws `DefinitionErrors`. */
export function loadProject({ projectDir, plugins }: ProjectChoice): Model {
  const never = () => Promise.reject(new Error('Nothing runs while definitions are checked.'));
  const actions = actionInputs(createActions({ documents: { generate: never }, mail: { send: never } }));
  return loadModel({
    projectDir,
    baseDir: findBaseDir(),
    fieldTypes: createFieldTypes(),
    actions,
    ...(plugins ? { plugins } : {}),
  });
}
