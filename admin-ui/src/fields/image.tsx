import { fileUrl } from '../api/client.ts';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { FileUpload } from './file-upload.tsx';
import { fileFromForm, fileOf } from './file-value.ts';

function Picture({ value, size }: { readonly value: unknown; readonly size: number }) {
  const file = fileOf(value);
  if (!file) return null;
  return (
    <img
      src={fileUrl(file.id)}
      alt={file.name}
      loading="lazy"
      style={{ maxHeight: size, maxWidth: size * 2, borderRadius: 4, verticalAlign: 'middle' }}
    />
  );
}

function ImageInput(props: FieldInputProps) {
  return <FileUpload {...props} accept="image/*" preview={<Picture value={props.value} size={120} />} />;
}

function ImageCell({ value }: FieldCellProps) {
  return <Picture value={value} size={26} />;
}

export const image: FieldModule = {
  Input: ImageInput,
  Cell: ImageCell,
  toForm: fileOf,
  fromForm: fileFromForm,
  width: 110,
};
