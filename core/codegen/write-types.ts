import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findCore } from '../definitions/base-dir.ts';
import type { Entity, Model } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { entitySchemas, typeName } from './entity-schemas.ts';

const HEAD = '// Written by `casement types` from the definitions. Change those and write it anew.\n';

/**
 * The TypeScript of a model, by file name: `entities.ts` (the types of every entity, by json-schema-to-typescript), `client.ts`, and `index.ts`,
 * which puts the two together. They import nothing but one another. The same model gives the same texts.
 */
export async function writeTypes(model: Model): Promise<Readonly<Record<string, string>>> {
  const entities = [...model.entities.values()];
  refuseTwins(entities);
  const { compile } = await loadCompiler();
  const types = await compile(entitySchemas(model), 'Everything', {
    bannerComment: '',
    additionalProperties: false,
    unreachableDefinitions: true,
    strictIndexSignatures: true,
    style: { singleQuote: true, printWidth: 120 },
    $refOptions: { resolve: { external: false, file: false, http: false } },
  });
  return {
    'entities.ts': [HEAD, withoutRoot(types), entitiesType(model, entities), pluralsConstant(entities)].join('\n'),
    'client.ts': `${HEAD}\n${clientSource()}`,
    'index.ts': `${HEAD}\n${INDEX}`,
  };
}

/** `deal` and `dealInput` would both be called DealInput. */
function refuseTwins(entities: readonly Entity[]): void {
  const names = new Set(entities.map(typeName));
  const twin = entities.map(typeName).find((name) => names.has(`${name}Input`) || names.has(`${name}Patch`));
  if (twin === undefined) return;
  throw new CasementError(
    'CONFLICT',
    `An entity may not be called like another one with Input or Patch behind it: ${twin}. Rename it.`,
  );
}

async function loadCompiler() {
  try {
    return await import('json-schema-to-typescript');
  } catch (error) {
    throw new CasementError(
      'UNAVAILABLE',
      'The package json-schema-to-typescript is not installed. Add it: npm install --save-dev json-schema-to-typescript.',
      { cause: error },
    );
  }
}

/** The object that only held the definitions together, and notes of the compiler about where things stood. */
function withoutRoot(types: string): string {
  return types
    .replace(/export interface Everything \{\s*\}\n?/, '')
    .replaceAll(/\/\*\*\n \* This interface was referenced by .*?\*\/\n/gs, '')
    .replaceAll(/\n \*\n \* This interface was referenced by [^\n]*\n \* via the `definition` [^\n]*/g, '');
}

function entitiesType(model: Model, entities: readonly Entity[]): string {
  const members = entities.map((entity) => {
    const name = typeName(entity);
    return `  ${entity.name}: {
    record: ${name};
    input: ${name}Input;
    patch: ${name}Patch;
    expands: { ${expandsOf(model, entity).join(' ')} };
    stage: ${stagesOf(model, entity)};
  };`;
  });
  return `/** Every entity by its name. */\nexport interface Entities {\n${members.join('\n')}\n}\n`;
}

function expandsOf(model: Model, entity: Entity): readonly string[] {
  const references = [...entity.fields.values()].flatMap((field) => {
    if (!field.reference) return [];
    const { to, many } = field.reference;
    const known = to.filter((target) => model.entities.has(target));
    const targets = known.map((target) => {
      const type = typeName(model.entity(target));
      return to.length > 1 ? `({ entity: '${target}' } & ${type})` : type;
    });
    const value = targets.join(' | ') || 'never';
    return [`${field.key}: ${many ? `(${value})[]` : `${value} | null`};`];
  });
  const lists = [...entity.lists.values()].map((list) => `${list.key}: ${typeName(model.entity(list.entity))}[];`);
  return [...references, ...lists];
}

function stagesOf(model: Model, entity: Entity): string {
  const keys = new Set(
    entity.pipelines.flatMap((name) => model.pipelines.get(name)?.stages.map(({ key }) => key) ?? []),
  );
  return keys.size === 0 ? 'never' : [...keys].map((key) => `'${key}'`).join(' | ');
}

function pluralsConstant(entities: readonly Entity[]): string {
  const members = entities.map(({ name, plural }) => `  ${name}: '${plural}',`);
  return `export const PLURALS = {\n${members.join('\n')}\n} as const;\n`;
}

/** The client stands beside this file as source, checked like all other code. */
function clientSource(): string {
  return readFileSync(join(findCore().dir, 'codegen', 'client.ts'), 'utf8');
}

const INDEX = `import { createClient } from './client.js';
import type { Client, ClientOptions } from './client.js';
import { PLURALS } from './entities.js';
import type { Entities } from './entities.js';

export { ApiError } from './client.js';

/** The client of this Casement: \`connect({ url, key }).deal.list({ filter: { stage: 'won' } })\`. */
export function connect(options: ClientOptions): Client<Entities> {
  return createClient<Entities>(PLURALS, options);
}
`;
