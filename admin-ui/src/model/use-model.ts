import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import * as api from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { indexModel, type UiModel } from './model.ts';
import { useModelContext } from './model-context.ts';
import type { Me, ModelEntity } from './types.ts';

export const modelQuery = queryOptions({
  queryKey: keys.model,
  queryFn: async ({ signal }): Promise<UiModel> => indexModel(await api.model(signal)),
  staleTime: Infinity,
  gcTime: Infinity,
  // An index with functions: structural sharing would drop them.
  structuralSharing: false,
});

export const meQuery = queryOptions({
  queryKey: keys.me,
  queryFn: ({ signal }): Promise<Me> => api.me(signal),
  staleTime: Infinity,
  gcTime: Infinity,
});

/** The model of the server, in the reader's language. Loaded before any page inside the frame. */
export const useModel = (): UiModel => useModelContext().model;

/** Throws UnknownEntityError (shown as "not found") for a name the reader may not see. */
export const useEntity = (name: string): ModelEntity => useModel().entity(name);

export const useMe = (): Me => useSuspenseQuery(meQuery).data;
