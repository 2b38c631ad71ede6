import type { Entity, Field, Model, View } from '../definitions/model.ts';
import { columnsOf, isMany, isPolymorphic, linkOf, SYSTEM_KEYS } from './columns.ts';
import type { StoredColumn } from './columns.ts';
import { constraintName } from './names.ts';
import { sortColumns } from './sort-columns.ts';
import { SYSTEM_TABLES } from './system-tables.ts';
import { both, literal, quoted } from './table-spec.ts';
import type { CheckSpec, ColumnSpec, ForeignKeySpec, IndexSpec, TableSpec } from './table-spec.ts';

const LIVE = '"deletedAt" is null';
const STAMPED = new Set(['id', 'version', 'createdAt', 'updatedAt']);

/** Every table the model needs, system tables included. */
export function tablesOf(model: Model): readonly TableSpec[] {
  const views = [...model.views.values()];
  const entities = [...model.entities.values()].flatMap((entity) => [
    entityTable(
      entity,
      views.filter((view) => view.entity === entity.name),
    ),
    ...[...entity.fields.values()].filter(isMany).map((field) => linkTableOf(entity, field)),
  ]);
  return [...SYSTEM_TABLES, ...entities];
}

function entityTable(entity: Entity, views: readonly View[]): TableSpec {
  const fields = [...entity.fields.values()];
  const stored = fields.flatMap((field) => columnsOf(field).map((column) => ({ field, column })));
  const ordered = stored.toSorted((a, b) => placeOf(a.column) - placeOf(b.column));
  const columns = ordered.map(({ field, column }) => columnSpec(entity, field, column));
  return {
    name: entity.name,
    columns,
    primaryKey: ['id'],
    checks: fields.flatMap((field) => checksOf(entity, field)),
    foreignKeys: fields.flatMap((field) => foreignKeysOf(entity, field)),
    indexes: distinct([
      ...uniqueIndexes(entity, fields),
      ...referenceIndexes(entity, fields),
      ...identityIndexes(entity, fields),
      ...viewIndexes(entity, views),
    ]),
  };
}

/**
 * Where a column stands in a row: stamps, what has a fixed length, chosen options, then texts. To find a value, both databases walk over all that stands
 * before it; figures and filters read many rows and little of each.
 */
function placeOf({ name, kind, options }: StoredColumn): number {
  if (STAMPED.has(name)) return 0;
  if (name === 'deletedAt') return 1;
  if (kind !== 'text' && kind !== 'json') return 2;
  return options ? 3 : 4;
}

/**
 * NOT NULL stands only where the entity's own package requires a value that a caller gives: fields of other packages, computed ones
 * and rollups are filled by the write, and a package may go again.
 */
export function isFilled(entity: Entity, field: Field): boolean {
  if (STAMPED.has(field.key)) return true;
  return (
    field.required &&
    field.package === entity.package &&
    !field.computed &&
    !field.rollup &&
    !isMany(field) &&
    !isPolymorphic(field)
  );
}

function columnSpec(entity: Entity, field: Field, column: StoredColumn): ColumnSpec {
  const notNull = isFilled(entity, field) && (column.suffix === '' || column.suffix === '_f');
  return {
    name: column.name,
    kind: column.kind,
    notNull,
    ...(column.scale === undefined ? {} : { scale: column.scale }),
  };
}

function checksOf(entity: Entity, field: Field): readonly CheckSpec[] {
  if (SYSTEM_KEYS.has(field.key)) return [];
  if (isPolymorphic(field)) return [oneTarget(entity, field)];
  return columnsOf(field).flatMap((column) => {
    const name = quoted(column.name);
    if (column.options)
      return [
        check(entity, field, { rule: 'options', text: `${name} in (${column.options.map(literal).join(', ')})`, name }),
      ];
    if (column.maxLength === undefined) return [];
    return [
      check(entity, field, {
        rule: `length${column.suffix.replace('_', '')}`,
        text: `length(${name}) <= ${column.maxLength}`,
        name,
      }),
    ];
  });
}

/** Nothing is always allowed; SQLite, adding a check to a table with rows, takes "unknown" for a breach. */
function check(entity: Entity, field: Field, of: { rule: string; text: string; name: string }): CheckSpec {
  return {
    name: constraintName([entity.name, field.key, of.rule], of.text),
    text: both(`${of.name} is null or ${of.text}`),
  };
}

function oneTarget(entity: Entity, field: Field): CheckSpec {
  const names = columnsOf(field).map((column) => quoted(column.name));
  return {
    name: constraintName([entity.name, field.key, 'target'], names.join()),
    text: {
      sqlite: `${names.map((name) => `(${name} is not null)`).join(' + ')} <= 1`,
      postgres: `num_nonnulls(${names.join(', ')}) <= 1`,
    },
  };
}

function foreignKeysOf(entity: Entity, field: Field): readonly ForeignKeySpec[] {
  if (SYSTEM_KEYS.has(field.key)) return [];
  return columnsOf(field).flatMap(({ name, target }) => {
    return target === undefined
      ? []
      : [{ name: constraintName([entity.name, field.key, 'reference'], `${name} ${target}`), column: name, target }];
  });
}

/** One value of canonical form per live record. A reference to several entities counts as one value. */
function uniqueIndexes(entity: Entity, fields: readonly Field[]): readonly IndexSpec[] {
  const sets = [...fields.filter((field) => field.unique).map((field) => [field.key]), ...entity.unique];
  return sets.map((keys) => {
    const parts = keys.map((key) => uniquePart(entity.fields.get(key)!));
    return {
      name: constraintName([entity.name, ...keys, 'unique'], parts.join()),
      unique: true,
      parts: both(parts),
      where: LIVE,
    };
  });
}

function uniquePart(field: Field): string {
  if (isPolymorphic(field))
    return `(coalesce(${columnsOf(field)
      .map((column) => quoted(column.name))
      .join(', ')}))`;
  return quoted(`${field.key}${SYSTEM_KEYS.has(field.key) ? '' : (field.type.match?.eq ?? '')}`);
}

/** Child lists are read by the reference, in order of id. */
function referenceIndexes(entity: Entity, fields: readonly Field[]): readonly IndexSpec[] {
  return fields.flatMap((field) => {
    if (SYSTEM_KEYS.has(field.key) || !field.reference) return [];
    return columnsOf(field).map(({ name }) => ({
      name: constraintName([entity.name, field.key, 'index'], name),
      unique: false,
      parts: both([quoted(name), '"id"']),
    }));
  });
}

/** Phones and e-mails are asked for by forms and imports, for every client that comes in. */
function identityIndexes(entity: Entity, fields: readonly Field[]): readonly IndexSpec[] {
  const known = fields.filter((field) => field.type.identifies === true && !field.unique);
  return known.map((field) => ({
    name: constraintName([entity.name, field.key, 'match'], uniquePart(field)),
    unique: false,
    parts: both([uniquePart(field)]),
    where: LIVE,
  }));
}

/** What makes a list flat at any size: the view's fixed filter and grouping first, then its sort, then the id. */
function viewIndexes(entity: Entity, views: readonly View[]): readonly IndexSpec[] {
  return views.flatMap((view) => {
    if (view.kind !== 'list' && view.kind !== 'board') return [];
    const sort = view.sort.length > 0 ? view.sort : ['-id'];
    const parts = view.sort.length > 0 ? viewSort(entity, sort) : { sqlite: ['"id"'], postgres: ['"id"'] };
    const equal = equalColumns(entity, view);
    if (!parts || (equal.length === 0 && view.sort.length === 0)) return [];
    const full = { sqlite: [...equal, ...parts.sqlite], postgres: [...equal, ...parts.postgres] };
    return [
      {
        name: constraintName([entity.name, 'view', 'index'], full.postgres.join()),
        unique: false,
        parts: full,
        where: LIVE,
      },
    ];
  });
}

function viewSort(entity: Entity, sort: readonly string[]): { sqlite: string[]; postgres: string[] } | undefined {
  const parts: { sqlite: string[]; postgres: string[] } = { sqlite: [], postgres: [] };
  let direction = '';
  for (const key of sort) {
    const field = entity.fields.get(key.replace(/^-/, ''));
    if (!field || isMany(field) || isPolymorphic(field)) return undefined;
    direction = key.startsWith('-') ? ' desc' : '';
    const nulls = isFilled(entity, field) || direction === '' ? '' : ' nulls last';
    for (const column of sortColumns(field)) {
      parts.sqlite.push(`${quoted(column.name)}${direction}`);
      parts.postgres.push(`${quoted(column.name)}${direction}${nulls}`);
    }
  }
  parts.sqlite.push(`"id"${direction}`);
  parts.postgres.push(`"id"${direction}`);
  return parts;
}

/** Own single columns that the view compares with one plain value, then the board's grouping. */
function equalColumns(entity: Entity, view: View): readonly string[] {
  const compared = Object.entries(view.filter ?? {}).filter(([, value]) => value === null || typeof value !== 'object');
  const pipeline = view.pipeline === undefined ? [] : ['pipeline'];
  const group = view.kind === 'board' && view.group !== undefined ? [view.group] : [];
  const keys = new Set([...compared.map(([key]) => key), ...pipeline, ...group]);
  return [...keys].flatMap((key) => {
    const field = entity.fields.get(key);
    if (!field || isMany(field) || isPolymorphic(field)) return [];
    return [quoted(`${key}${SYSTEM_KEYS.has(key) ? '' : (field.type.match?.eq ?? '')}`)];
  });
}

function linkTableOf(entity: Entity, field: Field): TableSpec {
  const name = linkOf(entity.name, field);
  const target = field.reference?.to[0] ?? entity.name;
  return {
    name,
    columns: [
      { name: 'source', kind: 'uuid', notNull: true },
      { name: 'target', kind: 'uuid', notNull: true },
      { name: 'position', kind: 'integer', notNull: true },
    ],
    primaryKey: ['source', 'target'],
    checks: [],
    foreignKeys: [
      { name: constraintName([entity.name, field.key, 'source']), column: 'source', target: entity.name },
      { name: constraintName([entity.name, field.key, 'reference']), column: 'target', target },
    ],
    indexes: [
      {
        name: constraintName([entity.name, field.key, 'index'], 'target'),
        unique: false,
        parts: both(['"target"', '"source"']),
      },
    ],
  };
}

function distinct(indexes: readonly IndexSpec[]): readonly IndexSpec[] {
  return [...new Map(indexes.map((index) => [index.name, index])).values()];
}
