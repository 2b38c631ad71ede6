import { CasementError } from '../errors.ts';
import type { TablePlan } from './plan.ts';
import type { SourceOptions } from './table-source.ts';
import type { Uploads } from './uploads.ts';

/** How the file of a table is to be read: what the plan says, and what the bytes were found to be. NOT_FOUND when it is gone. */
export async function sourceOf(
  uploads: Uploads,
  table: Pick<TablePlan, 'file' | 'encoding' | 'delimiter' | 'sheet' | 'raw' | 'surplus'>,
): Promise<SourceOptions> {
  const file = await uploads.read(table.file);
  if (!file) throw new CasementError('NOT_FOUND', 'A file of this import is gone. Upload it again and start anew.');
  const { encoding, delimiter, sheet, raw, surplus } = table;
  return {
    format: file.format,
    ...(encoding === undefined ? {} : { encoding }),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(sheet === undefined ? {} : { sheet }),
    ...(surplus === undefined ? {} : { surplus }),
    ...(raw === undefined ? {} : { raw }),
  };
}
