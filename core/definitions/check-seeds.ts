import { join } from 'node:path';
import { parseValue } from '../rules/parse-value.ts';
import { checkSchema, hint, isObject } from './check-schema.ts';
import { relativeName } from './find-packages.ts';
import { namesIn, readJsonFile } from './read-file.ts';
import { checkSet } from './link-step.ts';
import { attempt, below, findEntity, namesOf, type At, type EntityDraft, type Linking } from './linking.ts';
import type { Package } from './read-package.ts';
import type { JsonSchema } from '../fields/field-type.ts';

/** One record or move of a seed file, as its meta-schema leaves it. */
interface SeedDoc {
  readonly entity?: string;
  readonly key?: string;
  readonly set?: JsonSchema;
  readonly update?: boolean;
  readonly move?: string;
  readonly to?: string;
}

export interface SeedOptions {
  /** The meta-schema. */
  readonly schema: JsonSchema;
  readonly projectDir: string;
  /** Also `seed/demo/`. */
  readonly demo: boolean;
}

interface SeedCheck extends SeedOptions {
  readonly patterns: Map<string, RegExp>;
  /** The entity of every key so far. */
  readonly keys: Map<string, string>;
}

/** Checks the seeds of every package as the write will see them: names, values, keys in the order of the files. */
export function checkSeeds(linking: Linking, packages: readonly Package[], options: SeedOptions): void {
  const check: SeedCheck = { ...options, patterns: new Map(), keys: new Map() };
  for (const folder of options.demo ? ['seed', join('seed', 'demo')] : ['seed']) {
    for (const one of packages) {
      const dir = join(one.dataDir, folder);
      for (const name of namesIn(dir)) if (name.endsWith('.json')) checkFile(linking, check, join(dir, name));
    }
  }
}

function checkFile(linking: Linking, check: SeedCheck, path: string): void {
  const file = relativeName(check.projectDir, path);
  const json = readJsonFile(path, file, linking.errors);
  if (json === undefined) return;
  let isRight = true;
  checkSchema(check.schema, json, {
    root: check.schema,
    patterns: check.patterns,
    add(pointer, message) {
      isRight = false;
      linking.errors.add(file, pointer, message);
    },
  });
  if (!isRight || !Array.isArray(json)) return;
  for (const [index, item] of json.entries())
    if (isObject(item)) checkItem(linking, check, { item, at: { file, pointer: `/${index}` } });
}

function checkItem(linking: Linking, check: SeedCheck, { item, at }: { item: SeedDoc; at: At }): void {
  const tell = (pointer: string, message: string): void => linking.errors.add(at.file, at.pointer + pointer, message);
  if ((item.entity === undefined) === (item.move === undefined))
    return tell('', 'Name either "entity", for a record, or "move", for a move.');
  const name = item.entity ?? check.keys.get(item.move ?? '');
  if (name === undefined)
    return tell('/move', `No record before this has the key "${item.move}"${hint(item.move, check.keys.keys())}`);
  const earlier = [...check.keys.keys()];
  if (item.key !== undefined && check.keys.has(item.key))
    tell('/key', `The key "${item.key}" stands before this already.`);
  if (item.key !== undefined) check.keys.set(item.key, name);
  const entity = findEntity(linking, name, below(at, '/entity'));
  if (!entity) return;
  if (item.move !== undefined) checkMove(entity, item.to, tell);
  if (item.update === true && !entity.single)
    tell('/update', `"update" is for an entity of one record, and ${entity.name} has many.`);
  const set = below(at, '/set');
  checkSet(linking, entity, { set: item.set ?? {}, at: set, isNew: item.move === undefined && item.update !== true });
  attempt(linking, set, () =>
    parseValue(item.set ?? {}, {
      names: [],
      calendars: [...namesOf(linking, 'calendar')],
      refs: earlier,
    }),
  );
}

function checkMove(
  entity: EntityDraft,
  to: string | undefined,
  tell: (pointer: string, message: string) => void,
): void {
  const stages = entity.fields.get('stage')?.options ?? [];
  if (to === undefined) tell('', '"to" is missing: the stage it moves to.');
  else if (!stages.includes(to)) tell('/to', `${entity.name} has no stage "${to}"${hint(to, stages)}`);
}
