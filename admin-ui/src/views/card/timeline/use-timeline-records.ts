import { useQueries } from '@tanstack/react-query';
import * as api from '../../../api/client.ts';
import { keys } from '../../../api/keys.ts';
import type { Change, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { idsByEntity } from './timeline-items.ts';

const USER_KEYS = ['assignee'];

/** What the changes are about as it stands now, one request for each kind of record and page. */
export function useTimelineRecords(
  pages: readonly (readonly Change[])[],
  subject: { readonly id: string },
): ReadonlyMap<string, RecordData> {
  const model = useModel();
  const wanted = pages.flatMap((page) => [...idsByEntity(page, subject)]);
  const results = useQueries({
    queries: wanted.flatMap(([name, ids]) => {
      const entity = model.findEntity(name);
      if (!entity) return [];
      const expand = USER_KEYS.filter((key) => model.field(name, key));
      const query: api.ListQuery = { filter: { id: { in: ids } }, limit: ids.length, expand, deleted: 'with' };
      return [
        {
          queryKey: keys.list(name, query),
          queryFn: ({ signal }: { signal: AbortSignal }) => api.list(entity.plural, query, signal),
        },
      ];
    }),
  });
  return new Map(
    results.flatMap((result) =>
      (result.data?.data ?? []).map((record): [string, RecordData] => [String(record['id']), record]),
    ),
  );
}
