import type { InfiniteData, Query, QueryClient } from '@tanstack/react-query';
import type { UiModel } from '../model/model.ts';
import type { RecordData } from '../model/types.ts';
import * as api from './client.ts';
import { keys } from './keys.ts';

type Pages = InfiniteData<api.ListPage, string | undefined>;

const LONG = 3;

/** A list scrolled far: fetching all its pages again for each change would cost more than the change. */
export const isLongList = (query: Query): boolean =>
  query.queryKey[0] === 'infinite' && ((query.state.data as Pages | undefined)?.pages.length ?? 0) > LONG;

/** Puts `record` in the place of the one with its id; without a record it is taken out. */
export function replaceRecord(pages: Pages, id: string, record: RecordData | null): Pages {
  return {
    ...pages,
    pages: pages.pages.map((page) =>
      page.data.some((row) => row['id'] === id)
        ? { ...page, data: page.data.flatMap((row) => (row['id'] === id ? (record ? [record] : []) : [row])) }
        : page,
    ),
  };
}

/** Brings changed rows of long lists up to date one by one; rows that are not shown wait for the next full fetch. */
export async function patchLongLists(
  client: QueryClient,
  changes: readonly { entity: string; id: string; kind: string }[],
): Promise<void> {
  const model = client.getQueryData<UiModel>(keys.model);
  for (const query of client.getQueryCache().findAll({ queryKey: ['infinite'], predicate: isLongList })) {
    const [, entity, request] = query.queryKey as readonly [string, string, api.ListQuery];
    const shown = new Set((query.state.data as Pages).pages.flatMap((page) => page.data.map((row) => row['id'])));
    const touched = new Set(
      changes.filter((change) => change.entity === entity && shown.has(change.id)).map((change) => change.id),
    );
    const plural = model?.findEntity(entity)?.plural;
    if (!plural) continue;
    for (const id of touched) {
      const record = await api.get(plural, id, { expand: request.expand ?? [] }).catch(() => null);
      client.setQueryData<Pages>(query.queryKey, (pages) => (pages ? replaceRecord(pages, id, record) : pages));
    }
  }
}
