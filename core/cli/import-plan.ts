import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ImportPlan, TablePlan } from '../imports/plan.ts';
import { flag, text, texts, UsageError } from './command.ts';
import type { Call } from './command.ts';

/** The plan a command line describes, its files as absolute paths. What the plan itself says is checked by the server. */
export async function importPlanOf(call: Call): Promise<ImportPlan> {
  const file = text(call, 'plan');
  const isPlanned = file !== undefined;
  if (isPlanned === call.operands.length > 0)
    throw new UsageError('Name the files to import, or a plan with --plan FILE. "casement import --help" tells more.');
  const given = isPlanned ? await readPlan(call, file) : planOfFiles(call);
  return { ...given, ...runOptions(call) };
}

async function readPlan(call: Call, file: string): Promise<ImportPlan> {
  for (const name of ['entity', 'map', 'key', 'mapping', 'sheet', 'encoding', 'delimiter'] as const) {
    if (call.options[name] !== undefined)
      throw new UsageError(`--${name} does not go with --plan: say it in the plan.`);
  }
  const source = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`There is no plan ${file}.`);
  });
  const plan = jsonOf(source, file) as Partial<ImportPlan> | null;
  const tables: unknown = plan?.tables;
  const dir = resolve(text(call, 'dir') ?? dirname(file));
  if (!Array.isArray(tables)) throw new UsageError(`${file} is no plan: it has no list "tables".`);
  const placed = tables.map((table: unknown) => {
    const { file: path } = (table ?? {}) as Partial<TablePlan>;
    return typeof path === 'string' ? { ...(table as TablePlan), file: resolve(dir, path) } : (table as TablePlan);
  });
  return { ...plan, tables: placed };
}

function jsonOf(source: string, file: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function planOfFiles(call: Call): ImportPlan {
  const entity = text(call, 'entity');
  if (entity === undefined) throw new UsageError('Say with --entity NAME what the rows are, such as contact.');
  const map = mapOf(texts(call, 'map'));
  const [key, mapping] = [text(call, 'key'), text(call, 'mapping')];
  const reading = Object.fromEntries(
    (['sheet', 'encoding', 'delimiter'] as const).flatMap((name) => {
      const value = text(call, name);
      return value === undefined ? [] : [[name, name === 'delimiter' && value === '\\t' ? '\t' : value]];
    }),
  );
  const shared = {
    entity,
    ...(map ? { map } : {}),
    ...(key === undefined ? {} : { key: { column: key } }),
    ...(mapping === undefined ? {} : { mapping }),
    ...reading,
  };
  return { tables: call.operands.map((file) => ({ ...shared, file: resolve(file) })) };
}

/** `--map phone=Telefon`: field = column. */
function mapOf(given: readonly string[]): Record<string, string> | undefined {
  if (given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1 || at === pair.length - 1) throw new UsageError(`--map takes FIELD=COLUMN, not "${pair}".`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

function runOptions(call: Call): Partial<ImportPlan> {
  const duplicates = text(call, 'duplicates');
  if (duplicates !== undefined && !isDuplicates(duplicates))
    throw new UsageError('--duplicates is skip, update or new.');
  const source = text(call, 'source');
  return {
    ...(duplicates === undefined ? {} : { duplicates }),
    ...(source === undefined ? {} : { source }),
    ...(flag(call, 'automations') ? { automations: true } : {}),
  };
}

function isDuplicates(word: string): word is 'skip' | 'update' | 'new' {
  return ['skip', 'update', 'new'].includes(word);
}
