import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useModel } from '../model/use-model.ts';
import type { Condition, RecordData } from '../model/types.ts';
import * as api from './client.ts';
import { invalidateEntities, keys } from './keys.ts';

/** Entities are named by `name` here (`deal`); the client turns them into addresses (`/api/deals`). */
export function useRecord(entity: string, id: string | null | undefined, options: { expand?: readonly string[] } = {}) {
  const { plural } = useModel().entity(entity);
  const expand = options.expand ?? [];
  return useQuery({
    queryKey: keys.record(entity, id ?? '', expand),
    queryFn: ({ signal }) => api.get(plural, id ?? '', { expand, signal }),
    enabled: Boolean(id),
  });
}

/** One page of records (default 50, at most 1,000). */
export function useList(entity: string, query: api.ListQuery = {}, options: { enabled?: boolean } = {}) {
  const model = useModel();
  return useQuery({
    queryKey: keys.list(entity, query),
    queryFn: ({ signal }) => api.list(model.entity(entity).plural, query, signal),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
  });
}

/** Keyset pages, fetched as the reader scrolls. */
export function useInfiniteList(entity: string, query: api.ListQuery = {}) {
  const { plural } = useModel().entity(entity);
  return useInfiniteQuery({
    queryKey: keys.infinite(entity, query),
    queryFn: ({ pageParam, signal }) => api.list(plural, { ...query, after: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** The record's history; with `timeline` also the changes of what points to it (calls, mails, documents). */
export function useChanges(entity: string, id: string, options: { timeline?: boolean } = {}) {
  const { plural } = useModel().entity(entity);
  const timeline = options.timeline ?? true;
  return useInfiniteQuery({
    queryKey: [...keys.changes(entity, id), timeline],
    queryFn: ({ pageParam, signal }) => api.changes(plural, id, { timeline, after: pageParam, limit: 50, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });
}

export interface AggregateRequest {
  readonly group?: readonly string[];
  readonly measures: readonly string[];
  readonly filter?: Condition | undefined;
}

export function useAggregate(entity: string, query: AggregateRequest, options: { enabled?: boolean } = {}) {
  const model = useModel();
  return useQuery({
    queryKey: keys.aggregate(entity, query),
    queryFn: ({ signal }) => api.aggregate(model.entity(entity).plural, query, signal),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
  });
}

export function useReport(
  name: string,
  params: {
    from?: string | undefined;
    to?: string | undefined;
    period?: string | undefined;
    group?: string | undefined;
  } = {},
) {
  return useQuery({
    queryKey: keys.report(name, params),
    queryFn: ({ signal }) => api.report(name, params, signal),
    placeholderData: keepPreviousData,
  });
}

/** The records behind a figure that no filter tells. */
export function useReportRecords(address: string) {
  return useQuery({
    queryKey: keys.report('records', address),
    queryFn: ({ signal }) => api.reportRecords(address, signal),
  });
}

export interface SaveCommand {
  /** Absent: a new record. */
  readonly id?: string | undefined;
  /** The version the change was made on; a newer one on the server refuses it with CONFLICT. */
  readonly version?: number | undefined;
  /** Every value of a new record, or only the changed fields. */
  readonly values: RecordData;
}

/** Creates or updates; answers the record without expanded references. */
export function useSave(entity: string) {
  const { plural } = useModel().entity(entity);
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, version, values }: SaveCommand) =>
      id ? api.update(plural, id, { patch: values, version }) : api.create(plural, values),
    onSettled: () => invalidateEntities(client, new Set([entity])),
  });
}

export interface MoveCommand {
  readonly id: string;
  readonly to: string;
  readonly set?: RecordData | undefined;
  readonly note?: string | undefined;
  readonly version?: number | undefined;
}

/** The stage change; a refused gate throws ApiError with the missing fields in `errors`. */
export function useMove(entity: string) {
  const { plural } = useModel().entity(entity);
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...step }: MoveCommand) => api.move(plural, id, step),
    onSettled: () => invalidateEntities(client, new Set([entity])),
  });
}

/** Soft delete; `useRestore` brings it back. */
export function useRemove(entity: string) {
  const { plural } = useModel().entity(entity);
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.remove(plural, id),
    onSettled: () => invalidateEntities(client, new Set([entity])),
  });
}

export function useRestore(entity: string) {
  const { plural } = useModel().entity(entity);
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => api.restore(plural, id),
    onSettled: () => invalidateEntities(client, new Set([entity])),
  });
}

/** Presses the button of a rule; what the rule changes beside the record is told by the live events. */
export function usePress(entity: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ rule, id }: { readonly rule: string; readonly id: string }) => api.press(rule, id),
    onSettled: () => invalidateEntities(client, new Set([entity])),
  });
}

/** Renders a document of a record from a template; the answer is the document record. */
export function useGenerateDocument(about: { entity: string; id: string }) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (template: string) => api.generateDocument(template, about),
    onSettled: () => invalidateEntities(client, new Set(['document', about.entity])),
  });
}
