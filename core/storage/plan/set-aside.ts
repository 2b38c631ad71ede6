import { dropConstraintDdl } from '../ddl.ts';
import type { FoundSchema, FoundTable } from '../introspect.ts';
import { linkTable } from '../names.ts';
import type { Dialect } from '../sql.ts';
import { quoted } from '../table-spec.ts';
import { OWN_CHECK, OWN_INDEX } from './compare-table.ts';
import type { FieldChange } from './field-changes.ts';
import { asideKey, counted } from './step.ts';
import type { SchemaStep } from './step.ts';

export interface Aside {
  readonly steps: readonly SchemaStep[];
  /** Once everything has been carried over. */
  readonly drops: readonly SchemaStep[];
  /** The database after `steps`, without what stands aside. */
  readonly found: FoundSchema;
}

/**
 * Where values get another meaning their columns are renamed, the new ones added beside them, and the old ones dropped at the end: at every
 * moment each value stands in one of the two. Rules of the table that could name a moved column go first; those still wanted come again.
 */
export function setAside(dialect: Dialect, found: FoundSchema, changes: readonly FieldChange[]): Aside {
  const moved = changes.filter(({ aside }) => aside !== undefined);
  const tables = new Map(found.tables);
  const steps: SchemaStep[] = [];
  const drops: SchemaStep[] = [];
  for (const change of moved) {
    const { entity, key } = change.field;
    const place = `${entity}.${key}`;
    const table = tables.get(entity);
    const link = tables.get(linkTable(entity, key));
    if (!table) continue;
    const columns = [...table.columns.keys()].filter((name) => name.split('_')[0] === key);
    const old = (name: string) => `${asideKey(key)}${name.slice(key.length)}`;
    steps.push({
      kind: 'setAside',
      table: entity,
      safety: 'safe',
      text: `set the values of ${place} aside: ${counted(columns.length + (link ? 1 : 0), 'column')}`,
      sql: [
        ...looseRules(dialect, entity, table),
        ...columns.map((name) => `alter table ${quoted(entity)} rename column ${quoted(name)} to ${quoted(old(name))}`),
        ...(link ? movedLink(entity, key, link) : []),
      ],
    });
    drops.push({
      kind: 'dropColumn',
      table: entity,
      safety: 'safe',
      text: `drop what ${place} held before`,
      sql: [
        ...columns.map((name) => `alter table ${quoted(entity)} drop column ${quoted(old(name))}`),
        ...(link ? [`drop table ${quoted(linkTable(entity, asideKey(key)))}`] : []),
      ],
    });
    const kept = [...table.columns].filter(([name]) => !columns.includes(name));
    tables.set(entity, { ...withoutRules(table), columns: new Map(kept) });
    tables.delete(linkTable(entity, key));
  }
  return { steps, drops, found: { ...found, tables } };
}

function looseRules(dialect: Dialect, entity: string, table: FoundTable): readonly string[] {
  return [
    ...[...table.indexes].filter((name) => OWN_INDEX.test(name)).map((name) => `drop index ${quoted(name)}`),
    ...[...table.constraints]
      .filter((name) => OWN_CHECK.test(name))
      .map((name) => dropConstraintDdl(entity, name, dialect)),
  ];
}

function movedLink(entity: string, key: string, link: FoundTable): readonly string[] {
  return [
    ...[...link.indexes].filter((name) => OWN_INDEX.test(name)).map((name) => `drop index ${quoted(name)}`),
    `alter table ${quoted(linkTable(entity, key))} rename to ${quoted(linkTable(entity, asideKey(key)))}`,
  ];
}

function withoutRules(table: FoundTable): FoundTable {
  const without = (names: ReadonlySet<string>, own: RegExp) => new Set([...names].filter((name) => !own.test(name)));
  return {
    ...table,
    constraints: without(table.constraints, OWN_CHECK),
    indexes: without(table.indexes, OWN_INDEX),
  };
}
