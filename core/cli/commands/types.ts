import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeTypes } from '../../codegen/write-types.ts';
import { CasementError } from '../../errors.ts';
import { flag, modelOf, text } from '../command.ts';
import type { Command } from '../command.ts';

/** `casement types`: the entities as TypeScript, with a client. */
export const typesCommand: Command = {
  name: 'types',
  summary: 'write the entities as TypeScript, with a typed client',
  about: `A folder of three files that import only one another. Keep it in your repository: renaming a field then breaks the compiler
where the old name is used. With --check nothing is written; exit code 1 when a file is not what the definitions say.`,
  options: {
    out: { type: 'string', hint: 'DIR', text: 'where to (default: types in the project)' },
    check: { type: 'boolean', text: 'only see whether the files are current' },
  },
  async run(call) {
    const dir = resolve(call.projectDir, text(call, 'out') ?? 'types');
    const wanted = Object.entries(await writeTypes(modelOf(call)));
    const found = await Promise.all(wanted.map(([name]) => readFile(join(dir, name), 'utf8').catch(() => undefined)));
    const stale = wanted.filter(([, content], index) => found[index] !== content);
    if (stale.length === 0) return call.print(`The types in ${dir} are current.\n`);
    const names = stale.map(([name]) => name).join(', ');
    if (flag(call, 'check'))
      throw new CasementError(
        'CONFLICT',
        `In ${dir} this is not what the definitions say: ${names}. Run "casement types" and keep what it writes.`,
      );
    await mkdir(dir, { recursive: true });
    for (const [name, content] of stale) await writeFile(join(dir, name), content);
    call.print(`Wrote ${names} in ${dir}.\n`);
  },
};
