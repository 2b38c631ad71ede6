import { useSuspenseQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { localeFor } from './format.ts';
import { ModelContext } from './model-context.ts';
import { modelQuery } from './use-model.ts';

/** Gives the pages inside the frame the model and the way figures and dates are written. */
export function ModelProvider({ children }: { readonly children: ReactNode }) {
  const { data: model } = useSuspenseQuery(modelQuery);
  const { language } = useTranslation().i18n;
  const country = model.organisation?.country;
  const value = useMemo(() => ({ model, locale: localeFor(language, country) }), [model, language, country]);
  return <ModelContext.Provider value={value}>{children}</ModelContext.Provider>;
}
