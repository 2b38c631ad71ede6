import { createContext, useContext } from 'react';
import type { UiModel } from './model.ts';

interface ModelContextValue {
  readonly model: UiModel;
  /** How figures and dates are written. */
  readonly locale: string;
}

/** A context and not a query of its own per cell: a list reads it some thousand times while it scrolls. */
export const ModelContext = createContext<ModelContextValue | null>(null);

export function useModelContext(): ModelContextValue {
  const value = useContext(ModelContext);
  if (!value) throw new Error('The model is known only inside the frame');
  return value;
}
