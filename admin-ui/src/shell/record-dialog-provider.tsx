import { lazy, type ReactNode, Suspense, useCallback, useState } from 'react';
import { RecordDialogContext, type RecordDialogRequest } from '../model/record-dialog.ts';

const RecordDialog = lazy(() =>
  import('../views/form/record-dialog.tsx').then((module) => ({ default: module.RecordDialog })),
);

/** Dialogs lie over each other: a record may be made while another is. */
export function RecordDialogProvider({ children }: { readonly children: ReactNode }) {
  const [open, setOpen] = useState<readonly RecordDialogRequest[]>([]);
  const push = useCallback((request: RecordDialogRequest) => setOpen((stack) => [...stack, request]), []);
  return (
    <RecordDialogContext.Provider value={push}>
      {children}
      <Suspense>
        {open.map((request, index) => (
          // A dialog keeps its place in the stack for as long as it lives.
          // eslint-disable-next-line react/no-array-index-key
          <RecordDialog
            key={index}
            request={request}
            onClose={() => {
              setOpen((stack) => stack.filter((one) => one !== request));
              request.onClosed?.();
            }}
          />
        ))}
      </Suspense>
    </RecordDialogContext.Provider>
  );
}
