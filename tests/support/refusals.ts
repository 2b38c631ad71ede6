import { expect } from 'vitest';
import { createFieldTypes } from '../../core/fields/registry.ts';
import { DefinitionErrors } from '../../core/definitions/definition-errors.ts';
import { loadModel } from '../../core/definitions/load-model.ts';
import { errorsOf, withProject, type Files } from './definitions.ts';

/** Milliseconds: what never ends shows itself, a busy machine does not. */
const BOUND = 30_000;

/** The errors, which must come in bounded time; anything but DefinitionErrors is a bug. */
export function refusals(files: Files, arrange?: (projectDir: string) => void): readonly string[] {
  const started = performance.now();
  const errors = arrange
    ? withProject(files, (dirs) => {
        arrange(dirs.projectDir);
        try {
          loadModel({ ...dirs, fieldTypes: createFieldTypes(), demo: true });
          return [];
        } catch (error) {
          if (error instanceof DefinitionErrors) return error.toString().split('\n');
          throw error;
        }
      })
    : errorsOf(files, { demo: true });
  expect(performance.now() - started).toBeLessThan(BOUND);
  return errors;
}
