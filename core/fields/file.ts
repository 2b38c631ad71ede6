import { FieldError } from './field-type.ts';
import type { FieldType, Value } from './field-type.ts';
import { readText } from './text-checks.ts';
import { readId } from './uuid.ts';

/** A stored file: `{id, name, type, size}`. Input is the id of an upload; the write fills in the rest from the store. */
export const fileType: FieldType = createFileType('file');

/** A file that is a picture. */
export const imageType: FieldType = createFileType('image', 'image/');

/** A picture of a signature. */
export const signatureType: FieldType = createFileType('signature', 'image/');

function createFileType(name: string, media?: string): FieldType {
  return {
    name,
    file: true,
    columns: () => [{ suffix: '', kind: 'json' }],
    parse(value) {
      const file = readFile(value);
      const type = file['type'];
      if (media !== undefined && typeof type === 'string' && !type.startsWith(media)) {
        throw new FieldError('format', 'Must be a picture.', { type });
      }
      return file;
    },
    cells: (value) => ({ '': value === null ? null : JSON.stringify(value) }),
    toText: (value) => (value !== null && typeof value === 'object' && 'id' in value ? String(value['id']) : ''),
    operators: ['empty'],
    operand: (value) => readId(value),
    comparable: (value) => (value === null ? null : JSON.stringify(value)),
    schema: () => ({
      type: 'object',
      properties: {
        id: { type: 'string', format: 'uuid' },
        name: { type: 'string' },
        type: { type: 'string' },
        size: { type: 'integer', minimum: 0 },
      },
      required: ['id'],
    }),
    inputSchema() {
      const id = { type: 'string', format: 'uuid' };
      return { anyOf: [id, { type: 'object', properties: { id }, required: ['id'] }], description: 'Id of an upload' };
    },
  };
}

function readFile(value: unknown): { readonly [key: string]: Value } {
  if (typeof value === 'string') return { id: readId(value) };
  if (value === null || typeof value !== 'object' || !('id' in value)) {
    throw new FieldError('type', 'Must be the id of an uploaded file.');
  }
  const { id, name, type, size } = value as Readonly<Record<string, unknown>>;
  return {
    id: readId(id),
    ...(name === undefined ? {} : { name: readText(name) }),
    ...(type === undefined ? {} : { type: readText(type) }),
    ...(typeof size === 'number' && Number.isSafeInteger(size) ? { size } : {}),
  };
}
