import type { Context } from '../../context.ts';
import { CasementError } from '../../errors.ts';
import type { TakeContext } from '../find-counterpart.ts';
import { cut } from '../make-lead.ts';
import type { Records } from '../../records/types.ts';
import type { MailPart } from './read-mail.ts';

/** Where attachments are kept: by the rules of every upload. */
export interface FileStore {
  store(ctx: Context, file: { name: string; type: string; content: Uint8Array }): Promise<{ readonly id: string }>;
  discard(id: string): Promise<void>;
}

export interface KeptAttachments {
  readonly files: readonly { readonly id: string; readonly name: string }[];
  /** One line for each that is not kept, and why. */
  readonly refused: readonly string[];
}

/** Stores what an upload would be allowed to be. What is not is named, never kept; a full disk is another matter and is thrown. */
export async function keepAttachments(
  store: FileStore,
  ctx: Context,
  parts: readonly MailPart[],
): Promise<KeptAttachments> {
  const files: { id: string; name: string }[] = [];
  const refused: string[] = [];
  for (const { name, type, content } of parts) {
    try {
      const { id } = await store.store(ctx, { name, type, content });
      files.push({ id, name });
    } catch (error) {
      if (!(error instanceof CasementError) || error.code === 'UNAVAILABLE') {
        await dropAttachments(store, files);
        throw error;
      }
      refused.push(error.message);
    }
  }
  return { files, refused };
}

/** Nobody has claimed them: the letter was not taken after all. */
export async function dropAttachments(store: FileStore, files: KeptAttachments['files']): Promise<void> {
  for (const { id } of files) await store.discard(id);
}

/** Each as a document of the card, where everybody who sees the card finds it. */
export async function attach(
  records: Records,
  ctx: TakeContext,
  of: { readonly files: KeptAttachments['files']; readonly about: object; readonly activity: string },
): Promise<void> {
  const entity = records.model().entities.get('document');
  if (!entity?.fields.has('activity')) return;
  for (const { id, name } of of.files) {
    const input = {
      title: cut(name, entity.fields.get('title')?.maxLength ?? 200),
      file: id,
      about: of.about,
      activity: of.activity,
    };
    await records.write(ctx, { op: 'create', entity: 'document', input });
  }
}
