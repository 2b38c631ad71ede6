import { readOverlay } from '../app/overlay-rows.ts';
import type { Model } from '../definitions/model.ts';
import type { Database } from '../storage/database.ts';
import type { Call } from './command.ts';
import { loadProject } from './load-project.ts';

/** The definitions a server of this database would run with: the files, and on top what was changed in the running system. */
export async function currentModel(call: Call, db: Database): Promise<Model> {
  const { projectDir, plugins } = call;
  const { rows } = await readOverlay(db);
  return loadProject({ projectDir, overlay: rows, ...(plugins ? { plugins } : {}) });
}
