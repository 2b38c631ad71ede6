export interface Due {
  readonly id: string;
  /** Milliseconds. */
  readonly due: number;
}

/** What falls due, the earliest first; of one instant by id. A binary heap. */
export interface DueQueue {
  add(item: Due): void;
  first(): Due | undefined;
  /** Throws when it is empty. */
  take(): Due;
}

export function createDueQueue(): DueQueue {
  const heap: Due[] = [];
  const swap = (one: number, other: number) => {
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  };
  return {
    add(item) {
      heap.push(item);
      for (let at = heap.length - 1; at > 0;) {
        const above = (at - 1) >> 1;
        if (!isBefore(heap[at]!, heap[above]!)) return;
        swap(at, above);
        at = above;
      }
    },
    first: () => heap[0],
    take() {
      const [taken] = heap;
      const last = heap.pop();
      if (!taken || !last) throw new Error('Nothing falls due.');
      if (heap.length === 0) return taken;
      heap[0] = last;
      for (let at = 0; ;) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let least = at;
        if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
        if (right < heap.length && isBefore(heap[right]!, heap[least]!)) least = right;
        if (least === at) return taken;
        swap(at, least);
        at = least;
      }
    },
  };
}

function isBefore(one: Due, other: Due): boolean {
  return one.due === other.due ? one.id < other.id : one.due < other.due;
}
