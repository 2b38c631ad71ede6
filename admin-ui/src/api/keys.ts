import type { Query, QueryClient } from '@tanstack/react-query';
import type { ListQuery } from './client.ts';

/** Keys of everything cached from the server: `[what, entity, …]`, so that one change can find what it makes stale. */
export const keys = {
  me: ['me'] as const,
  model: ['model'] as const,
  record: (entity: string, id: string, expand: readonly string[] = []) => ['record', entity, id, expand] as const,
  list: (entity: string, query: ListQuery) => ['list', entity, query] as const,
  infinite: (entity: string, query: ListQuery) => ['infinite', entity, query] as const,
  aggregate: (entity: string, query: unknown) => ['aggregate', entity, query] as const,
  changes: (entity: string, id: string) => ['changes', entity, id] as const,
  report: (name: string, params: unknown) => ['report', name, params] as const,
  search: (q: string) => ['search', q] as const,
};

const LISTS: ReadonlySet<unknown> = new Set(['list', 'infinite', 'aggregate']);
/** These draw on several entities (expanded references, child lists, timelines): any change may concern them. */
const MIXED: ReadonlySet<unknown> = new Set(['record', 'changes', 'report']);

/** Marks stale what a change of these entities may have touched; what is on screen is fetched again. `except` is left alone. */
export async function invalidateEntities(
  client: QueryClient,
  entities: ReadonlySet<string>,
  except: (query: Query) => boolean = () => false,
): Promise<void> {
  await client.invalidateQueries({
    predicate: (query) => {
      const [what, entity] = query.queryKey;
      return (MIXED.has(what) || (LISTS.has(what) && entities.has(String(entity)))) && !except(query);
    },
  });
}
