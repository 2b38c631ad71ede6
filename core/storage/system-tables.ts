import type { ColumnKind } from '../fields/field-type.ts';
import { constraintName } from './names.ts';
import { both, quoted } from './table-spec.ts';
import type { ColumnSpec, IndexSpec, TableSpec } from './table-spec.ts';

/**
 * Tables outside the model: no filter, sort, expand or report can name them. Plain types, so that a statement reads the same on both
 * databases: texts, instants as `…Z` text, 64-bit integers (milliseconds where they are times to compare with the clock).
 */
export const SYSTEM_TABLES: readonly TableSpec[] = [
  table('_meta', { key: 'text', value: 'text' }, { primaryKey: ['key'] }),
  table(
    '_definitions',
    { kind: 'text', name: 'text', json: 'text', version: 'integer', updatedAt: 'text', updatedBy: 'text?' },
    { primaryKey: ['kind', 'name'] },
  ),
  table(
    '_changes',
    {
      seq: 'serial',
      id: 'text',
      at: 'text',
      entity: 'text',
      record: 'text',
      kind: 'text',
      data: 'text',
      note: 'text?',
      principalKind: 'text',
      principalId: 'text?',
      principalName: 'text',
      door: 'text',
      cause: 'text?',
      root: 'text?',
      depth: 'integer',
      rule: 'text?',
      batch: 'text?',
      node: 'text',
      hlc: 'text',
      version: 'integer',
      payloadHash: 'text',
      salt: 'text',
      hash: 'text',
      xid: 'xid',
    },
    {
      unique: [['id']],
      index: [['entity', 'record', 'seq']],
      filled: ['cause', 'root', 'batch'],
      // Complete followers read in this order (records/changes-since.ts); on SQLite the primary key is the order.
      postgres: [['xid', 'seq']],
    },
  ),
  table(
    '_subjects',
    { seq: 'integer', entity: 'text', record: 'text' },
    { primaryKey: ['entity', 'record', 'seq'], index: [['seq']] },
  ),
  table(
    '_batches',
    {
      id: 'text',
      kind: 'text',
      entity: 'text?',
      title: 'text',
      principalKind: 'text',
      principalId: 'text?',
      principalName: 'text',
      startedAt: 'text',
      finishedAt: 'text?',
      seenAt: 'integer',
      state: 'text',
      counts: 'text',
      undoOf: 'text?',
      undoneBy: 'text?',
    },
    { primaryKey: ['id'], index: [['principalId', 'id']], filled: ['undoOf'] },
  ),
  table(
    '_jobs',
    {
      id: 'text',
      kind: 'text',
      key: 'text',
      payload: 'text',
      due: 'integer',
      root: 'text?',
      grp: 'text?',
      state: 'text',
      attempts: 'integer',
      maxAttempts: 'integer',
      leaseUntil: 'integer?',
      fence: 'integer',
      lastError: 'text?',
      createdAt: 'integer',
      finishedAt: 'integer?',
    },
    { primaryKey: ['id'], unique: [['key']], index: [['state', 'due']], filled: ['root', 'grp'] },
  ),
  table(
    '_job_log',
    { id: 'serial', job: 'text', at: 'integer', step: 'text?', message: 'text', data: 'text?' },
    { index: [['job', 'id']] },
  ),
  // What rules have decided and done, for people; the queue's own rows come and go.
  table(
    '_rule_runs',
    {
      id: 'text',
      run: 'text',
      job: 'text',
      rule: 'text',
      entity: 'text?',
      record: 'text?',
      kind: 'text',
      at: 'text',
      reason: 'text',
      state: 'text',
      error: 'text?',
      depth: 'integer',
      root: 'text',
      outer: 'text?',
      startedAt: 'integer',
      endedAt: 'integer?',
      busy: 'integer',
      log: 'text',
    },
    {
      primaryKey: ['id'],
      unique: [['run']],
      index: [['rule', 'id'], ['entity', 'record', 'id'], ['root', 'depth'], ['endedAt']],
    },
  ),
  table(
    '_imports',
    {
      id: 'text',
      name: 'text',
      state: 'text',
      plan: 'text',
      fingerprint: 'text',
      isDryRun: 'integer',
      principal: 'text',
      createdBy: 'text?',
      batch: 'text?',
      holder: 'text?',
      leaseUntil: 'integer',
      total: 'integer',
      counts: 'text',
      message: 'text?',
      createdAt: 'text',
      finishedAt: 'text?',
    },
    { primaryKey: ['id'], index: [['fingerprint'], ['createdBy']] },
  ),
  table(
    '_import_chunks',
    {
      import: 'text',
      position: 'integer',
      fromRow: 'integer',
      toRow: 'integer',
      failed: 'integer',
      skipped: 'integer',
      rows: 'text',
    },
    { primaryKey: ['import', 'position', 'fromRow'] },
  ),
  table(
    '_import_files',
    {
      id: 'text',
      name: 'text',
      size: 'integer',
      sha256: 'text',
      format: 'text',
      createdBy: 'text?',
      createdAt: 'text',
    },
    { primaryKey: ['id'], index: [['createdAt']] },
  ),
  table(
    '_import_mappings',
    { name: 'text', entity: 'text', mapping: 'text', createdBy: 'text?', createdAt: 'text' },
    { primaryKey: ['name'] },
  ),
  table(
    '_external_keys',
    { source: 'text', list: 'text', key: 'text', entity: 'text', record: 'text', createdAt: 'text' },
    { primaryKey: ['source', 'list', 'key'], index: [['record']] },
  ),
  table(
    '_report_templates',
    {
      id: 'text',
      report: 'text',
      title: 'text',
      user: 'text',
      shared: 'integer',
      request: 'text',
      schedule: 'text?',
      nextAt: 'integer?',
      stopped: 'text?',
      version: 'integer',
    },
    { primaryKey: ['id'], index: [['report'], ['user']] },
  ),
  // What has come in by a channel, so that it is taken once.
  table(
    '_received',
    { channel: 'text', key: 'text', at: 'integer' },
    { primaryKey: ['channel', 'key'], index: [['at']] },
  ),
  // How far a mailbox has been read. The server gives another `validity` when its numbers mean something else.
  table('_mailboxes', { name: 'text', validity: 'text', lastUid: 'integer' }, { primaryKey: ['name'] }),
  table('_channels', { name: 'text', state: 'text', since: 'integer', detail: 'text?' }, { primaryKey: ['name'] }),
  table(
    '_webhooks',
    {
      id: 'text',
      url: 'text',
      entities: 'text',
      kinds: 'text',
      user: 'text',
      generation: 'integer',
      rotatedAt: 'integer',
      isOn: 'integer',
      failingSince: 'integer?',
      lastError: 'text?',
      createdAt: 'integer',
    },
    { primaryKey: ['id'] },
  ),
  table('_feeds', { hash: 'text', user: 'text', createdAt: 'text' }, { primaryKey: ['hash'], unique: [['user']] }),
  table('_counters', { key: 'text', value: 'integer' }, { primaryKey: ['key'] }),
  table('_credentials', { user: 'text', hash: 'text' }, { primaryKey: ['user'] }),
  table(
    '_sessions',
    { hash: 'text', user: 'text', createdAt: 'text', seenAt: 'text', expiresAt: 'text' },
    { primaryKey: ['hash'], index: [['user'], ['expiresAt']] },
  ),
  table(
    '_keys',
    {
      id: 'text',
      hash: 'text',
      name: 'text',
      user: 'text',
      roles: 'text',
      createdAt: 'text',
      expiresAt: 'text?',
      revokedAt: 'text?',
    },
    { primaryKey: ['id'], unique: [['hash']], index: [['user']] },
  ),
  table(
    '_tokens',
    { hash: 'text', user: 'text', purpose: 'text', expiresAt: 'text', usedAt: 'text?' },
    { primaryKey: ['hash'], index: [['user', 'purpose']] },
  ),
  table(
    '_files',
    {
      id: 'text',
      name: 'text',
      type: 'text',
      size: 'integer',
      sha256: 'text',
      createdBy: 'text?',
      createdAt: 'text',
      entity: 'text?',
      record: 'text?',
      field: 'text?',
    },
    { primaryKey: ['id'], index: [['entity', 'record']] },
  ),
  table(
    '_search',
    { id: 'serial', entity: 'text', record: 'text', field: 'text', body: 'text' },
    { index: [['record', 'entity']] },
  ),
  table(
    '_match',
    { entity: 'text', field: 'text', key: 'text', record: 'text' },
    { primaryKey: ['entity', 'field', 'key', 'record'], index: [['record', 'entity']] },
  ),
  // Pairs that somebody has looked at: two things, not one. The lesser id first.
  table(
    '_distinct',
    { entity: 'text', one: 'text', other: 'text', at: 'text', by: 'text?' },
    { primaryKey: ['entity', 'one', 'other'], index: [['entity', 'other']] },
  ),
  // Where a merged record has gone; the row goes when it comes back.
  table(
    '_merged',
    { entity: 'text', record: 'text', into: 'text' },
    { primaryKey: ['entity', 'record'], index: [['entity', 'into']] },
  ),
  table(
    '_idempotency',
    { key: 'text', principal: 'text', hash: 'text', status: 'integer?', body: 'text?', createdAt: 'text' },
    { primaryKey: ['key', 'principal'], index: [['createdAt']] },
  ),
];

interface Keys {
  readonly primaryKey?: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  readonly index?: readonly (readonly string[])[];
  /** Columns that are mostly empty: their index holds only the rows that have a value. */
  readonly filled?: readonly string[];
  /** Indexes that only PostgreSQL has. */
  readonly postgres?: readonly (readonly string[])[];
}

/** Kinds are `text`, `integer`, a `?` after them for nullable, `serial` and `xid`. */
function table(name: string, columns: Readonly<Record<string, string>>, keys: Keys): TableSpec {
  return {
    name,
    columns: Object.entries(columns).map(([key, kind]) => column(key, kind)),
    primaryKey: keys.primaryKey ?? [],
    checks: [],
    foreignKeys: [],
    indexes: [
      ...(keys.unique ?? []).map((parts) => index(name, { parts, unique: true })),
      ...(keys.index ?? []).map((parts) => index(name, { parts, unique: false })),
      ...(keys.postgres ?? []).map((parts) => ({
        ...index(name, { parts, unique: false }),
        only: 'postgres' as const,
      })),
      ...(keys.filled ?? []).map((key) =>
        index(name, { parts: [key], unique: false, where: `${quoted(key)} is not null` }),
      ),
    ],
  };
}

function column(name: string, kind: string): ColumnSpec {
  if (kind === 'serial') return { name, kind: 'integer', notNull: true, special: 'serial' };
  if (kind === 'xid') return { name, kind: 'integer', notNull: true, special: 'xid' };
  return { name, kind: kind.replace('?', '') as ColumnKind, notNull: !kind.endsWith('?') };
}

function index(tableName: string, of: { parts: readonly string[]; unique: boolean; where?: string }): IndexSpec {
  const { parts, unique, where } = of;
  const name = constraintName([tableName.slice(1), ...parts, unique ? 'unique' : 'index']);
  return { name: `_${name}`, unique, parts: both(parts.map(quoted)), ...(where === undefined ? {} : { where }) };
}
