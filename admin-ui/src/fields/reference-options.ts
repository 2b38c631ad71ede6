import { keepPreviousData, useQueries } from '@tanstack/react-query';
import * as api from '../api/client.ts';
import { useRecord } from '../api/hooks.ts';
import { keys } from '../api/keys.ts';
import { displayOf, expandFor, type ReferenceValue } from '../model/display.ts';
import type { ModelField } from '../model/types.ts';
import { useModel } from '../model/use-model.ts';

export interface ReferenceOption {
  readonly reference: ReferenceValue;
  readonly title: string;
}

/** Up to 20 records of each target entity that match what is typed; the newest when nothing is. */
export function useReferenceOptions(field: ModelField, query: string, enabled: boolean) {
  const model = useModel();
  const entities = (field.reference?.to ?? []).flatMap((name) => model.findEntity(name) ?? []);
  const results = useQueries({
    queries: entities.map((entity) => {
      const request = {
        search: query || undefined,
        limit: entities.length > 1 ? 8 : 20,
        expand: expandFor(entity, []),
      };
      return {
        queryKey: keys.list(entity.name, request),
        queryFn: ({ signal }: { signal: AbortSignal }) => api.list(entity.plural, request, signal),
        enabled,
        placeholderData: keepPreviousData,
      };
    }),
  });
  const options: readonly ReferenceOption[] = results.flatMap((result, index) => {
    const entity = entities[index];
    if (!entity) return [];
    return (result.data?.data ?? []).map((record) => ({
      reference: { entity: entity.name, id: String(record['id']), record },
      title: displayOf(model, entity, record) || String(record['id']),
    }));
  });
  return { options, isFetching: results.some((result) => result.isFetching) };
}

/** The name of a referenced record; fetched when it did not come expanded. Empty until known, or when it may not be seen. */
export function useReferenceTitle(reference: ReferenceValue | null): string {
  const model = useModel();
  const entity = reference ? model.findEntity(reference.entity) : undefined;
  const known = reference?.record && entity ? displayOf(model, entity, reference.record) : '';
  const fetched = useRecordOf(entity?.name, known ? null : reference?.id);
  if (known) return known;
  return entity && fetched ? displayOf(model, entity, fetched) : '';
}

/** A hook must always run: without an entity it asks about any, with no id. */
function useRecordOf(entity: string | undefined, id: string | null | undefined) {
  const model = useModel();
  const name = entity ?? model.entities[0]?.name ?? '';
  return useRecord(name, entity ? id : null).data;
}
