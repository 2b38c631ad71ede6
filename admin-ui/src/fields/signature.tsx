import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { FieldInputProps, FieldModule } from './field-module.ts';
import { fileFromForm, fileOf } from './file-value.ts';
import { image } from './image.tsx';

const SignaturePad = lazy(() => import('./signature-pad.tsx').then((module) => ({ default: module.SignaturePad })));

function SignatureInput(props: FieldInputProps) {
  return (
    <Suspense fallback={<Skeleton h={140} />}>
      <SignaturePad {...props} />
    </Suspense>
  );
}

/** Drawn by finger or mouse, kept as a picture. */
export const signature: FieldModule = {
  Input: SignatureInput,
  Cell: image.Cell,
  toForm: fileOf,
  fromForm: fileFromForm,
  width: 110,
  wide: () => true,
};
