import type { ModelEntity, RecordData } from '../../model/types.ts';
import type { ListState } from './use-list-state.ts';

/** What both ways to draw a list are given: a table on a desk, cards on a phone. */
export interface RecordsProps {
  readonly entity: ModelEntity;
  readonly state: ListState;
  readonly records: readonly RecordData[];
  readonly total: number | undefined;
  readonly isPending: boolean;
  /** Still the answer to the question before. */
  readonly isOld: boolean;
  readonly hasMore: boolean;
  readonly onMore: () => void;
}
