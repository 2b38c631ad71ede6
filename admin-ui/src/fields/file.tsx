import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { FileLink, FileUpload } from './file-upload.tsx';
import { fileFromForm, fileOf } from './file-value.ts';

function FileInput(props: FieldInputProps) {
  return <FileUpload {...props} />;
}

function FileCell({ value }: FieldCellProps) {
  return <FileLink value={value} />;
}

export const file: FieldModule = {
  Input: FileInput,
  Cell: FileCell,
  toForm: fileOf,
  fromForm: fileFromForm,
  width: 200,
};
