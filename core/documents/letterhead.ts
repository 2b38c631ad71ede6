import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { Context, Log } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import type { RecordData, Value } from '../fields/field-type.ts';
import type { Records } from '../records/types.ts';
import { isRecordData, textOf } from './record-value.ts';

/** What the letterhead needs of `files`. */
export interface LetterheadFiles {
  open(
    id: string,
  ): Promise<{ readonly meta: { readonly type: string; readonly size: number }; readonly stream: Readable }>;
}

interface LetterheadOptions {
  readonly records: Records;
  readonly model: () => Model;
  readonly files: LetterheadFiles;
  readonly log: Log;
}

const MAX_LOGO = 1_048_576;
const RASTER = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

/**
 * The organisation's record as templates see it. Its images up to 1 MiB carry their bytes as `data`, an address that
 * `<img src="{{organisation.logo.data}}">` can show: a document fetches nothing.
 */
export async function loadLetterhead(
  { records, model, files, log }: LetterheadOptions,
  ctx: Context,
): Promise<RecordData> {
  const entity = model().entities.get('organisation');
  if (!entity) return {};
  const { data } = await records.list(ctx, { entity: 'organisation', sort: ['id'], limit: 1 });
  const record: Record<string, Value> = { ...data[0] };
  for (const field of entity.fields.values()) {
    const value = record[field.key];
    if (!field.type.file || !isRecordData(value)) continue;
    const address = await readImage(files, textOf(value['id'])).catch((error: unknown) => {
      log.warn(
        { err: error, field: field.key },
        'An image of the organisation cannot be read; documents are made without it',
      );
      return null;
    });
    record[field.key] = { ...value, data: address };
  }
  return record;
}

async function readImage(files: LetterheadFiles, id: string): Promise<string | null> {
  const { meta, stream } = await files.open(id);
  if (!RASTER.has(meta.type) || meta.size > MAX_LOGO) {
    stream.destroy();
    return null;
  }
  return `data:${meta.type};base64,${(await buffer(stream)).toString('base64')}`;
}
