import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { sql } from '../core/storage/sql.ts';
import { eachDatabase } from './support/databases.ts';
import { entityFile, openLab } from './support/upgrade-lab.ts';

eachDatabase((open) => {
  it('refuses raw rows that break a rule: foreign key, unique, not null, check (R-71)', async () => {
    const lab = await openLab(await open(), {
      ...entityFile('box', {}),
      ...entityFile(
        'thing',
        {
          code: { type: 'string', maxLength: 5, 'x-field': { unique: true } },
          kind: { enum: ['a', 'b'] },
          box: { 'x-field': { to: 'box' } },
          about: { 'x-field': { to: ['box', 'thing'] } },
          boxes: { 'x-field': { to: 'box', many: true } },
        },
        { required: ['name'] },
      ),
    });
    const at = '2026-03-01T00:00:00.000Z';
    const insert = (values: Readonly<Record<string, unknown>>) => {
      const row = { id: uuidv7(), version: 1, createdAt: at, updatedAt: at, name: 'n', name_f: 'n', ...values };
      return lab.db.transaction((tx) =>
        tx.run(
          sql`insert into "thing" (${sql.join(Object.keys(row).map(sql.id))}) values (${sql.join(Object.values(row))})`,
        ),
      );
    };
    const box = await lab.add('box', { name: 'box' });
    await insert({ code: 'x', code_f: 'x', kind: 'a', box });
    const refusals: readonly (readonly [Readonly<Record<string, unknown>>, string])[] = [
      [{ name: null }, 'required'],
      [{ code: 'x', code_f: 'x' }, 'unique'],
      [{ code: 'toolong' }, 'check'],
      [{ kind: 'c' }, 'check'],
      [{ box: uuidv7() }, 'reference'],
      [{ about_box: uuidv7() }, 'reference'],
      [
        { about_box: box, about_thing: (await lab.records.list(lab.ctx, { entity: 'thing' })).data[0]?.['id'] },
        'check',
      ],
      [{ version: null }, 'required'],
    ];
    for (const [values, code] of refusals)
      await expect(insert(values), JSON.stringify(values)).rejects.toMatchObject({
        code: 'VALIDATION',
        errors: [{ code }],
      });
    const link = lab.db.transaction((tx) =>
      tx.run(sql`insert into "thing_boxes" ("source", "target", "position") values (${uuidv7()}, ${box}, 0)`),
    );
    await expect(link).rejects.toMatchObject({ errors: [{ code: 'reference' }] });
    const remove = lab.db.transaction((tx) => tx.run(sql`delete from "box" where "id" = ${box}`));
    await expect(remove).rejects.toThrow(/record|foreign key/);
  });
});

it('ships no sync, changeColumn or removeColumn (R-70)', () => {
  const files = (folder: string): string[] =>
    readdirSync(folder).flatMap((name) => {
      const path = join(folder, name);
      if (['node_modules', 'dist', 'data'].includes(name)) return [];
      return statSync(path).isDirectory()
        ? files(path)
        : /\.(ts|cjs)$/.test(name) && !name.endsWith('.test.ts')
          ? [path]
          : [];
    });
  const root = new URL('..', import.meta.url).pathname;
  const shipped = ['core', 'plugins'].flatMap((folder) => files(join(root, folder)));
  expect(shipped.length).toBeGreaterThan(100);
  const forbidden = /\.sync\s*\(\s*\{|\.(changeColumn|removeColumn|renameColumn)\s*\(|queryInterface/i;
  expect(shipped.filter((file) => forbidden.test(readFileSync(file, 'utf8')))).toEqual([]);
});
