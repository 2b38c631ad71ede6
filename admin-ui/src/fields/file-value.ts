import type { FileValue } from '../api/client.ts';
import type { RecordData } from '../model/types.ts';

/** A file as the API keeps it, `{id, name, type, size}`; null for none. */
export function fileOf(value: unknown): FileValue | null {
  if (typeof value === 'string' && value) return { id: value, name: value, type: '', size: 0 };
  if (typeof value !== 'object' || value === null) return null;
  const { id, name, type, size } = value as Partial<FileValue>;
  return typeof id === 'string' ? { id, name: name ?? id, type: type ?? '', size: size ?? 0 } : null;
}

export const fileFromForm = (value: unknown): RecordData[string] => {
  const file = fileOf(value);
  return file ? { ...file } : null;
};
