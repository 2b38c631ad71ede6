import { createContext, useContext } from 'react';
import type { RecordData } from './types.ts';

/** A dialog that makes a new record. */
export interface RecordDialogRequest {
  readonly entity: string;
  /** Default: "New <entity>". */
  readonly title?: string;
  /** Values to begin with; those of fields not shown are sent as they are. */
  readonly values?: RecordData;
  /** Only these fields; default: those of the form view. Unknown ones are left out. */
  readonly fields?: readonly string[];
  readonly onSaved?: (record: RecordData) => void;
  /** Also when nothing was saved. */
  readonly onClosed?: () => void;
}

export const RecordDialogContext = createContext<(request: RecordDialogRequest) => void>(() => undefined);

/** Opens a dialog with the form of a new record, from anywhere inside the frame. */
export const useOpenRecordDialog = (): ((request: RecordDialogRequest) => void) => useContext(RecordDialogContext);
