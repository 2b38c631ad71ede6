import { CasementError } from '../../errors.ts';

/**
 * A backup is one tar file: the dump of the database, the files its records have, the definitions of the project, then this list of
 * all of it, then a seal over every byte before. `tar tf` reads it without Casement.
 */
export const DATABASE_ENTRY = 'database.jsonl.gz';
export const MANIFEST_ENTRY = 'manifest.json';
export const FILES_FOLDER = 'files/';
export const PROJECT_FOLDER = 'project/';

export interface Manifest {
  readonly casement: string;
  readonly createdAt: string;
  /** The model the server had when it last started on this database. */
  readonly modelHash: string | null;
  readonly database: { readonly rows: number; readonly sha256: string };
  /** Every package of the project at the time of the backup. */
  readonly packages: readonly { readonly name: string; readonly version: string }[];
  /** Every entry of the tar, in its order, but for this list and the seal. */
  readonly entries: readonly Entry[];
  /** Ids of files that records have and whose content was missing or damaged in the data folder: not in the backup. */
  readonly missing: readonly string[];
}

export interface Entry {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

const FORMAT = 'casement-backup';
const VERSION = 1;

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format: FORMAT, formatVersion: VERSION, ...manifest }, null, 1)}\n`;
}

/** BAD_REQUEST when it is none, or of a newer release. */
export function parseManifest(text: string): Manifest {
  const json = objectOf(JSON.parse(text));
  if (json['format'] !== FORMAT) throw damagedBackup('its list of contents is none');
  if (json['formatVersion'] !== VERSION)
    throw new CasementError('BAD_REQUEST', 'The backup was made by a newer Casement. Update this one first.');
  const database = objectOf(json['database']);
  const modelHash = json['modelHash'];
  return {
    casement: textOf(json['casement']),
    createdAt: textOf(json['createdAt']),
    modelHash: modelHash === null ? null : textOf(modelHash),
    database: { rows: numberOf(database['rows']), sha256: textOf(database['sha256']) },
    packages: listOf(json['packages']).map((item) => {
      const one = objectOf(item);
      return { name: textOf(one['name']), version: textOf(one['version']) };
    }),
    entries: listOf(json['entries']).map((item) => {
      const one = objectOf(item);
      return { name: textOf(one['name']), size: numberOf(one['size']), sha256: textOf(one['sha256']) };
    }),
    missing: listOf(json['missing']).map(textOf),
  };
}

export function damagedBackup(what: string, cause?: unknown): CasementError {
  return new CasementError('BAD_REQUEST', `The backup is damaged: ${what}. Nothing was written.`, { cause });
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw damagedBackup('its list of contents is none');
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damagedBackup('its list of contents is none');
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw damagedBackup('its list of contents is none');
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw damagedBackup('its list of contents is none');
  return value;
}
